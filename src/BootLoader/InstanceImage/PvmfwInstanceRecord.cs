namespace BootLoader.InstanceImage;

/// <summary>What the firmware keeps of an instance: which code it first booted, and what makes its secrets its own. A view of 193 bytes.</summary>
/// <remarks>
/// <code>
///   0  code hash       64  SHA-512 of the kernel's digest and the ramdisk's
///  64  authority hash  64  SHA-512 of the public key that signed them
/// 128  salt            64  random, of the instance
/// 192  mode             1  DICE mode: 1 normal, 2 debug
/// </code>
/// </remarks>
public readonly ref struct PvmfwInstanceRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Length = 193;

    /// <summary>Bytes of each hash and of the salt.</summary>
    public const int HashSize = 64;

    private const int SaltOffset = 2 * HashSize;
    private const int ModeOffset = 3 * HashSize;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <param name="bytes">193 bytes; not copied.</param>
    public PvmfwInstanceRecord(ReadOnlySpan<byte> bytes) => _bytes = bytes[..Length];

    /// <summary>SHA-512 of the kernel's digest and the ramdisk's.</summary>
    public ReadOnlySpan<byte> CodeHash => _bytes[..HashSize];

    /// <summary>SHA-512 of the public key that the code was verified with.</summary>
    public ReadOnlySpan<byte> AuthorityHash => _bytes[HashSize..SaltOffset];

    /// <summary>What tells the instance's secrets from those of another one with the same code.</summary>
    public ReadOnlySpan<byte> Salt => _bytes[SaltOffset..ModeOffset];

    /// <summary>The DICE mode: 1 normal, 2 debug.</summary>
    public byte Mode => _bytes[ModeOffset];

    /// <summary>Writes a record.</summary>
    /// <param name="record">Takes 193 bytes.</param>
    /// <param name="codeHash">64 bytes.</param>
    /// <param name="authorityHash">64 bytes.</param>
    /// <param name="salt">64 bytes.</param>
    /// <param name="mode">The DICE mode.</param>
    public static void Format(Span<byte> record, ReadOnlySpan<byte> codeHash, ReadOnlySpan<byte> authorityHash, ReadOnlySpan<byte> salt, byte mode)
    {
        codeHash[..HashSize].CopyTo(record[..HashSize]);
        authorityHash[..HashSize].CopyTo(record[HashSize..SaltOffset]);
        salt[..HashSize].CopyTo(record[SaltOffset..ModeOffset]);
        record[ModeOffset] = mode;
    }
}
