using System.Security.Cryptography;

namespace BootLoader.Verity;

/// <summary>A hash that dm-verity trees and AVB descriptors are made with.</summary>
public sealed class DmVerityHash
{
    private readonly HashAlgorithmName _algorithm;

    private DmVerityHash(string name, int size, HashAlgorithmName algorithm)
    {
        Name = name;
        Size = size;
        // Digests lie in a tree at multiples of a power of two.
        SlotSize = size <= 32 ? 32 : 64;
        _algorithm = algorithm;
    }

    /// <summary>SHA-256, the usual one.</summary>
    public static DmVerityHash Sha256 { get; } = new("sha256", 32, HashAlgorithmName.SHA256);

    /// <summary>SHA-512.</summary>
    public static DmVerityHash Sha512 { get; } = new("sha512", 64, HashAlgorithmName.SHA512);

    /// <summary>SHA-1, in old images; to read, not to make new ones.</summary>
    public static DmVerityHash Sha1 { get; } = new("sha1", 20, HashAlgorithmName.SHA1);

    /// <summary>The name in descriptors and device-mapper tables.</summary>
    public string Name { get; }

    /// <summary>Bytes of a digest.</summary>
    public int Size { get; }

    /// <summary>Bytes that a digest takes in a hash block.</summary>
    public int SlotSize { get; }

    /// <summary>The hash of a name, null for an unknown one.</summary>
    public static DmVerityHash? Find(string name) => name switch
    {
        "sha256" => Sha256,
        "sha512" => Sha512,
        "sha1" => Sha1,
        _ => null,
    };

    /// <summary>A hash to be fed piece by piece.</summary>
    public IncrementalHash Begin() => IncrementalHash.CreateHash(_algorithm);
}
