using System.Security.Cryptography;

namespace BootLoader.Verity;

/// <summary>
/// The hash tree of dm-verity, version 1 (Linux, Documentation/admin-guide/device-mapper/verity.rst): digests are H(salt ‖ block), the level
/// nearest to the root comes first, a block's rest is zero.
/// </summary>
public sealed class DmVerityTree
{
    private const int Chunk = 1 << 20;

    private DmVerityTree(DmVerityHash hash, int blockSize, byte[] levels, byte[] rootDigest)
    {
        Hash = hash;
        BlockSize = blockSize;
        Levels = levels;
        RootDigest = rootDigest;
    }

    /// <summary>The hash.</summary>
    public DmVerityHash Hash { get; }

    /// <summary>Bytes of data and hash blocks.</summary>
    public int BlockSize { get; }

    /// <summary>The tree as it lies behind the data; empty when there is only one data block.</summary>
    public ReadOnlyMemory<byte> Levels { get; }

    /// <summary>The digest of the topmost block.</summary>
    public ReadOnlyMemory<byte> RootDigest { get; }

    /// <summary>Bytes of the tree.</summary>
    /// <param name="dataSize">Bytes of the data.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="blockSize">Bytes of data and hash blocks: a power of two from 512 to 65,536.</param>
    public static long Size(long dataSize, DmVerityHash hash, int blockSize) => LevelSizes(dataSize, hash, blockSize).Sum();

    /// <summary>Makes a tree.</summary>
    /// <param name="data">Read from where it stands.</param>
    /// <param name="dataSize">Bytes of the data: blocks, at least one.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="blockSize">Bytes of data and hash blocks: a power of two from 512 to 65,536.</param>
    /// <param name="salt">Hashed before each block.</param>
    /// <exception cref="VerityException">The sizes cannot be.</exception>
    /// <exception cref="EndOfStreamException">The data is shorter.</exception>
    public static DmVerityTree Build(Stream data, long dataSize, DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(hash);
        long[] sizes = LevelSizes(dataSize, hash, blockSize);
        using IncrementalHash digest = hash.Begin();
        byte[] root = new byte[hash.Size];
        if (sizes.Length == 0)
        {
            byte[] block = new byte[blockSize];
            data.ReadExactly(block);
            HashBlock(digest, salt, block, root);
            return new DmVerityTree(hash, blockSize, [], root);
        }

        byte[] levels = new byte[sizes.Sum()];
        int at = levels.Length - (int)sizes[0];
        HashData(data, dataSize, hash, blockSize, salt, levels.AsSpan(at, (int)sizes[0]));
        for (int level = 1; level < sizes.Length; level++)
        {
            ReadOnlySpan<byte> below = levels.AsSpan(at, (int)sizes[level - 1]);
            at -= (int)sizes[level];
            Span<byte> above = levels.AsSpan(at, (int)sizes[level]);
            for (int block = 0; block < below.Length / blockSize; block++)
            {
                HashBlock(digest, salt, below.Slice(block * blockSize, blockSize), above[(block * hash.SlotSize)..]);
            }
        }

        HashBlock(digest, salt, levels.AsSpan(0, blockSize), root);
        return new DmVerityTree(hash, blockSize, levels, root);
    }

    /// <summary>Verifies a whole image: that its tree and root are those of its data.</summary>
    /// <param name="image">Read from where it stands: the data, and then its tree where <paramref name="treeOffset"/> says.</param>
    /// <param name="dataSize">Bytes of the data.</param>
    /// <param name="treeOffset">Where the tree lies, in bytes from where the stream stands; at or after the data's end.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="blockSize">Bytes of data and hash blocks.</param>
    /// <param name="salt">Hashed before each block.</param>
    /// <param name="rootDigest">The trusted root.</param>
    /// <exception cref="VerityException">The sizes cannot be.</exception>
    /// <exception cref="EndOfStreamException">The image is shorter.</exception>
    public static DmVerityVerdict Verify(
        Stream image, long dataSize, long treeOffset, DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> rootDigest)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(treeOffset, dataSize);
        long start = image.Position;
        DmVerityTree built = Build(image, dataSize, hash, blockSize, salt);
        if (!CryptographicOperations.FixedTimeEquals(built.RootDigest.Span, rootDigest))
        {
            return DmVerityVerdict.DataDiffers;
        }

        image.Position = start + treeOffset;
        byte[] chunk = new byte[Math.Min(Chunk, built.Levels.Length)];
        for (int at = 0; at < built.Levels.Length; at += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, Math.Min(chunk.Length, built.Levels.Length - at));
            image.ReadExactly(part);
            if (!part.SequenceEqual(built.Levels.Span.Slice(at, part.Length)))
            {
                return DmVerityVerdict.TreeDiffers;
            }
        }

        return DmVerityVerdict.Genuine;
    }

    /// <summary>Bytes of each level, from the one over the data up.</summary>
    private static long[] LevelSizes(long dataSize, DmVerityHash hash, int blockSize)
    {
        ArgumentNullException.ThrowIfNull(hash);
        if (blockSize is < 512 or > 65536 || (blockSize & (blockSize - 1)) != 0)
        {
            throw new VerityException($"a block of {blockSize} bytes: a power of two from 512 to 65536 is possible");
        }

        if (dataSize <= 0 || dataSize % blockSize != 0)
        {
            throw new VerityException($"{dataSize} bytes of data are not one or more blocks of {blockSize} bytes");
        }

        var sizes = new List<long>();
        for (long blocks = dataSize / blockSize; blocks > 1;)
        {
            int perBlock = blockSize / hash.SlotSize;
            blocks = (blocks + perBlock - 1) / perBlock;
            sizes.Add(blocks * blockSize);
        }

        if (sizes.Sum() > Array.MaxLength)
        {
            throw new VerityException($"{dataSize} bytes of data are too many for one tree");
        }

        return [.. sizes];
    }

    private static void HashData(Stream data, long dataSize, DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt, Span<byte> level)
    {
        using IncrementalHash digest = hash.Begin();
        byte[] chunk = new byte[Chunk];
        for (long done = 0; done < dataSize;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(Chunk, dataSize - done));
            data.ReadExactly(part);
            for (int block = 0; block < part.Length; block += blockSize)
            {
                HashBlock(digest, salt, part.Slice(block, blockSize), level);
                level = level[hash.SlotSize..];
            }

            done += part.Length;
        }
    }

    private static void HashBlock(IncrementalHash digest, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> block, Span<byte> destination)
    {
        digest.AppendData(salt);
        digest.AppendData(block);
        digest.GetHashAndReset(destination);
    }
}
