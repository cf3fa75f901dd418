namespace BootLoader.Dice.Text;

/// <summary>A sub-component of a layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SecurityVersion">Its version.</param>
/// <param name="CodeHash">In hexadecimal.</param>
/// <param name="AuthorityHash">In hexadecimal.</param>
public sealed record DiceSubComponentReport(string Name, ulong SecurityVersion, string CodeHash, string AuthorityHash);
