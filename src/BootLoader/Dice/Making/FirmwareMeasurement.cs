using System.Security.Cryptography;

namespace BootLoader.Dice.Making;

/// <summary>What a boot loader measures of the protected VM firmware before it hands over to it.</summary>
public sealed class FirmwareMeasurement
{
    private FirmwareMeasurement(byte[] codeHash, byte[] authorityHash)
    {
        CodeHash = codeHash;
        AuthorityHash = authorityHash;
    }

    /// <summary>SHA-512 of the firmware's image.</summary>
    public ReadOnlyMemory<byte> CodeHash { get; }

    /// <summary>SHA-512 of the public key that the image is signed with.</summary>
    public ReadOnlyMemory<byte> AuthorityHash { get; }

    /// <summary>Normal, or debug when the VM may be looked into.</summary>
    public DiceMode Mode { get; init; } = DiceMode.Normal;

    /// <summary>The firmware's security version: its rollback index.</summary>
    public ulong SecurityVersion { get; init; }

    /// <summary>Measures a firmware.</summary>
    /// <param name="image">The image's bytes, as they are executed.</param>
    /// <param name="publicKey">The public key in AVB's form that its signature was verified with.</param>
    public static FirmwareMeasurement Of(ReadOnlySpan<byte> image, ReadOnlySpan<byte> publicKey) =>
        new(SHA512.HashData(image), SHA512.HashData(publicKey));
}
