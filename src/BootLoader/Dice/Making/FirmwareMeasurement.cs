using System.Security.Cryptography;

namespace BootLoader.Dice.Making;

/// <summary>What a boot loader measures of the protected VM firmware before it hands over to it.</summary>
public sealed class FirmwareMeasurement
{
    private FirmwareMeasurement(byte[] codeHash, byte[] authorityHash, DiceMode mode, ulong securityVersion)
    {
        CodeHash = codeHash;
        AuthorityHash = authorityHash;
        Mode = mode;
        SecurityVersion = securityVersion;
    }

    /// <summary>SHA-512 of the firmware's image.</summary>
    public ReadOnlyMemory<byte> CodeHash { get; }

    /// <summary>SHA-512 of the public key that the image is signed with.</summary>
    public ReadOnlyMemory<byte> AuthorityHash { get; }

    /// <summary>Normal, or debug when the VM may be looked into.</summary>
    public DiceMode Mode { get; }

    /// <summary>The firmware's security version: its rollback index.</summary>
    public ulong SecurityVersion { get; }

    /// <summary>Measures a firmware.</summary>
    /// <param name="image">The image's bytes, as they are executed.</param>
    /// <param name="publicKey">The public key in AVB's form that its signature was verified with.</param>
    /// <param name="mode">Normal, or debug when the VM may be looked into.</param>
    /// <param name="securityVersion">The firmware's security version: its rollback index.</param>
    public static FirmwareMeasurement Of(ReadOnlySpan<byte> image, ReadOnlySpan<byte> publicKey, DiceMode mode, ulong securityVersion) =>
        new(SHA512.HashData(image), SHA512.HashData(publicKey), mode, securityVersion);
}
