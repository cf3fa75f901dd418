using System.Security.Cryptography;
using BootLoader.Sources;

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
        byte[] levels = new byte[sizes.Sum()];
        if (sizes.Length == 0)
        {
            byte[] block = new byte[blockSize];
            data.ReadExactly(block);
            return Single(hash, salt, block);
        }

        HashData(data, dataSize, hash, blockSize, salt, Lowest(levels, sizes));
        return HashLevels(hash, blockSize, salt, levels, sizes);
    }

    /// <summary>Makes a tree of data that is read at any place and hashed on several threads.</summary>
    /// <param name="data">The data, not empty; zeros fill up its last block.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="blockSize">Bytes of data and hash blocks: a power of two from 512 to 65,536.</param>
    /// <param name="salt">Hashed before each block.</param>
    /// <param name="progress">Told, one call at a time, how many bytes more are hashed.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="VerityException">The sizes cannot be.</exception>
    /// <exception cref="EndOfStreamException">The data became shorter.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static DmVerityTree Build(
        RandomAccessSource data,
        DmVerityHash hash,
        int blockSize,
        ReadOnlyMemory<byte> salt,
        Action<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(hash);
        long dataSize = data.Length > long.MaxValue - blockSize ? data.Length : (data.Length + blockSize - 1) / blockSize * blockSize;
        long[] sizes = LevelSizes(dataSize, hash, blockSize);
        byte[] levels = new byte[sizes.Sum()];
        if (sizes.Length == 0)
        {
            byte[] block = new byte[blockSize];
            data.ReadExactly(0, block.AsSpan(0, (int)data.Length));
            progress?.Invoke(data.Length);
            return Single(hash, salt.Span, block);
        }

        int perChunk = Chunk / blockSize * hash.SlotSize, lowest = (int)sizes[0];
        SourceChunks.ForEach(
            data, Chunk, (index, bytes) => HashChunk(hash, blockSize, salt.Span, bytes, Lowest(levels, lowest)[(index * perChunk)..]), progress, cancellation);
        return HashLevels(hash, blockSize, salt.Span, levels, sizes);
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

    private static Span<byte> Lowest(byte[] levels, long[] sizes) => Lowest(levels, (int)sizes[0]);

    private static Span<byte> Lowest(byte[] levels, int size) => levels.AsSpan(levels.Length - size);

    private static DmVerityTree Single(DmVerityHash hash, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> block)
    {
        byte[] root = new byte[hash.Size];
        using IncrementalHash digest = hash.Begin();
        HashBlock(digest, salt, block, root);
        return new DmVerityTree(hash, block.Length, [], root);
    }

    /// <summary>Makes the other levels and the root, when the level over the data is there.</summary>
    private static DmVerityTree HashLevels(DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt, byte[] levels, long[] sizes)
    {
        using IncrementalHash digest = hash.Begin();
        int at = levels.Length - (int)sizes[0];
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

        byte[] root = new byte[hash.Size];
        HashBlock(digest, salt, levels.AsSpan(0, blockSize), root);
        return new DmVerityTree(hash, blockSize, levels, root);
    }

    /// <summary>Hashes the blocks of a chunk; zeros fill up the last one.</summary>
    private static void HashChunk(DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> bytes, Span<byte> level)
    {
        using IncrementalHash digest = hash.Begin();
        for (; bytes.Length >= blockSize; bytes = bytes[blockSize..], level = level[hash.SlotSize..])
        {
            HashBlock(digest, salt, bytes[..blockSize], level);
        }

        if (!bytes.IsEmpty)
        {
            byte[] last = new byte[blockSize];
            bytes.CopyTo(last);
            HashBlock(digest, salt, last, level);
        }
    }

    private static void HashData(Stream data, long dataSize, DmVerityHash hash, int blockSize, ReadOnlySpan<byte> salt, Span<byte> level)
    {
        byte[] chunk = new byte[Chunk];
        for (long done = 0; done < dataSize;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(Chunk, dataSize - done));
            data.ReadExactly(part);
            HashChunk(hash, blockSize, salt, part, level);
            level = level[(part.Length / blockSize * hash.SlotSize)..];
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
