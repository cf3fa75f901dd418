using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Sources;
using BootLoader.Verity;

namespace BootLoader.FsVerity;

/// <summary>
/// What fs-verity measures of a file: its size and the root of its tree (Linux, Documentation/filesystems/fsverity.rst, struct
/// fsverity_descriptor). The hash is SHA-256 and blocks have 4096 bytes, as in AVF.
/// </summary>
public sealed class FsVerityDescriptor
{
    /// <summary>Bytes of a descriptor.</summary>
    public const int Size = 256;

    /// <summary>Bytes of data and hash blocks.</summary>
    public const int BlockSize = 4096;

    private const byte Version = 1;
    private const byte HashSha256 = 1;
    private const byte Log2BlockSize = 12;
    private const int SaltSize = 32;

    // Offsets; after the salt, 144 bytes are reserved.
    private const int DataSizeAt = 8;
    private const int RootHashAt = 16;
    private const int SaltAt = 80;
    private const int ReservedAt = 112;

    /// <summary>Bytes of the file.</summary>
    public required long DataSize { get; init; }

    /// <summary>The root of the tree, 32 bytes; zeros for an empty file.</summary>
    public required ReadOnlyMemory<byte> RootHash { get; init; }

    /// <summary>Hashed before each block, filled up with zeros to 64 bytes; at most 32 bytes, usually none.</summary>
    public ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Bytes of the tree of a file.</summary>
    /// <param name="dataSize">Bytes of the file.</param>
    /// <exception cref="FsVerityException">The file is larger than a tree can be made for.</exception>
    public static long TreeSize(long dataSize)
    {
        if (dataSize <= BlockSize)
        {
            return 0;
        }

        try
        {
            return DmVerityTree.Size(dataSize > long.MaxValue - BlockSize ? long.MaxValue : (dataSize + BlockSize - 1) / BlockSize * BlockSize, DmVerityHash.Sha256, BlockSize);
        }
        catch (VerityException failure)
        {
            throw new FsVerityException(failure.Message);
        }
    }

    /// <summary>Measures a file.</summary>
    /// <param name="data">Its bytes.</param>
    /// <param name="tree">The tree, root level first; empty for a file of at most one block.</param>
    /// <param name="salt">Hashed before each block; at most 32 bytes.</param>
    /// <exception cref="FsVerityException">The file is too large.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static FsVerityDescriptor Of(RandomAccessSource data, out ReadOnlyMemory<byte> tree, ReadOnlyMemory<byte> salt = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(salt.Length, SaltSize);
        tree = default;
        if (data.Length == 0)
        {
            return new FsVerityDescriptor { DataSize = 0, RootHash = new byte[SHA256.HashSizeInBytes], Salt = salt };
        }

        try
        {
            // The kernel fills a salt up to the block size of the compression function, so that hashing begins at its boundary.
            byte[] padded = new byte[salt.IsEmpty ? 0 : SHA256.HashSizeInBytes * 2];
            salt.CopyTo(padded);
            DmVerityTree built = DmVerityTree.Build(data, DmVerityHash.Sha256, BlockSize, padded);
            tree = built.Levels;
            return new FsVerityDescriptor { DataSize = data.Length, RootHash = built.RootDigest, Salt = salt };
        }
        catch (VerityException failure)
        {
            throw new FsVerityException(failure.Message);
        }
    }

    /// <summary>Reads a descriptor.</summary>
    /// <param name="bytes">Its <see cref="Size"/> bytes.</param>
    /// <exception cref="FsVerityException">It is none, or of a kind that is not supported.</exception>
    public static FsVerityDescriptor Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size || bytes[0] != Version)
        {
            throw new FsVerityException($"an fs-verity descriptor has {Size} bytes and begins with version {Version}: this has {bytes.Length} and begins with {(bytes.IsEmpty ? 0 : bytes[0])}");
        }

        int saltSize = bytes[3];
        long size = BinaryPrimitives.ReadInt64LittleEndian(bytes[DataSizeAt..]);
        if (bytes[1] != HashSha256 || bytes[2] != Log2BlockSize || saltSize > SaltSize || size < 0)
        {
            throw new FsVerityException(
                $"fs-verity with hash {bytes[1]}, blocks of 2^{bytes[2]} bytes, a salt of {saltSize} and {(ulong)size} bytes of data is not supported: hash 1 (SHA-256), 2^{Log2BlockSize} and at most {SaltSize} are");
        }

        bool isPadded = !bytes[4..DataSizeAt].ContainsAnyExcept((byte)0)
            && !bytes[(RootHashAt + SHA256.HashSizeInBytes)..SaltAt].ContainsAnyExcept((byte)0)
            && !bytes[(SaltAt + saltSize)..ReservedAt].ContainsAnyExcept((byte)0)
            && !bytes[ReservedAt..].ContainsAnyExcept((byte)0);
        return isPadded
            ? new FsVerityDescriptor
            {
                DataSize = size,
                RootHash = bytes.Slice(RootHashAt, SHA256.HashSizeInBytes).ToArray(),
                Salt = bytes.Slice(SaltAt, saltSize).ToArray(),
            }
            : throw new FsVerityException("reserved bytes of the fs-verity descriptor are not 0");
    }

    /// <summary>Writes the descriptor.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        bytes[0] = Version;
        bytes[1] = HashSha256;
        bytes[2] = Log2BlockSize;
        bytes[3] = (byte)Salt.Length;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(DataSizeAt), DataSize);
        RootHash.CopyTo(bytes.AsMemory(RootHashAt, SHA256.HashSizeInBytes));
        Salt.CopyTo(bytes.AsMemory(SaltAt, SaltSize));
        return bytes;
    }

    /// <summary>The file's digest, by which it is known: SHA-256 of the descriptor.</summary>
    public byte[] Digest() => SHA256.HashData(ToBytes());
}
