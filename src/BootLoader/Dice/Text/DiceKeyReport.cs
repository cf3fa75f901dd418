namespace BootLoader.Dice.Text;

/// <summary>A public key, for people and programs.</summary>
/// <param name="Type">Ed25519, P-256 or P-384.</param>
/// <param name="Id">Its id, in hexadecimal.</param>
/// <param name="Value">The key, in hexadecimal: 32 bytes of Ed25519, or X and Y.</param>
public sealed record DiceKeyReport(string Type, string Id, string Value);
