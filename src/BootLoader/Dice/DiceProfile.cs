namespace BootLoader.Dice;

/// <summary>What kind of certificates a layer makes: the algorithm of its keys and the name of the profile, which some certificates carry.</summary>
public readonly ref struct DiceProfile
{
    /// <summary>A profile of the given algorithm and name.</summary>
    /// <param name="algorithm">The algorithm of issuer and subject.</param>
    /// <param name="name">The name that certificates carry; empty for none.</param>
    public DiceProfile(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> name)
    {
        Algorithm = algorithm;
        Name = name;
    }

    /// <summary>The Open Profile with Ed25519, whose certificates carry no name.</summary>
    public static DiceProfile OpenDice => new(DiceKeyAlgorithm.Ed25519, default);

    /// <summary>The Open Profile with P-256.</summary>
    public static DiceProfile OpenDiceP256 => new(DiceKeyAlgorithm.P256, "opendice.example"u8);

    /// <summary>The Open Profile with P-384.</summary>
    public static DiceProfile OpenDiceP384 => new(DiceKeyAlgorithm.P384, "opendice.example"u8);

    /// <summary>The Android profile with Ed25519 (Android Profile for DICE, "Versions").</summary>
    public static DiceProfile Android => new(DiceKeyAlgorithm.Ed25519, "android.16"u8);

    /// <summary>The algorithm of issuer and subject.</summary>
    public DiceKeyAlgorithm Algorithm { get; }

    /// <summary>The name that certificates carry; empty for none.</summary>
    public ReadOnlySpan<byte> Name { get; }
}
