using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Sources;
using BootLoader.Verity;
using BootLoader.Zip;

namespace BootLoader.Apk;

/// <summary>
/// The four parts of a signed APK: entries, signing block, central directory, end record. The digest of the content covers all but the block,
/// and the end record as if the block were not there.
/// </summary>
internal sealed class ApkSections
{
    private readonly RandomAccessSource _apk;
    private readonly ZipSections _zip;

    private ApkSections(RandomAccessSource apk, ZipSections zip, long block)
    {
        _apk = apk;
        _zip = zip;
        SigningBlockOffset = block;
    }

    /// <summary>Where the entries end; the central directory begins there when there is no block.</summary>
    public long SigningBlockOffset { get; }

    /// <summary>Bytes that the digest covers.</summary>
    public long ContentLength => SigningBlockOffset + (_zip.Length - _zip.CentralDirectoryOffset);

    /// <summary>The APK without its block, and its end record as it is then.</summary>
    public IReadOnlyList<RandomAccessSource> Content
    {
        get
        {
            byte[] end = _apk.ReadExactly(_zip.EndOffset, (int)(_zip.Length - _zip.EndOffset));
            BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), (uint)SigningBlockOffset);
            return
            [
                _apk.Slice(0, SigningBlockOffset),
                _apk.Slice(_zip.CentralDirectoryOffset, _zip.EndOffset - _zip.CentralDirectoryOffset),
                new MemorySource(end),
            ];
        }
    }

    /// <summary>Takes an APK apart.</summary>
    /// <param name="apk">The APK, to its last byte.</param>
    /// <param name="block">The block's pairs; null when there is none.</param>
    /// <exception cref="ApkException">It is no archive, or has a broken block.</exception>
    public static ApkSections Find(RandomAccessSource apk, out byte[]? block)
    {
        ArgumentNullException.ThrowIfNull(apk);
        ZipSections zip;
        try
        {
            zip = ZipSections.Find(apk);
        }
        catch (ZipException failure)
        {
            throw new ApkException(failure.Message, failure);
        }

        block = null;
        long directory = zip.CentralDirectoryOffset;
        Span<byte> footer = stackalloc byte[ApkFormat.BlockFooter];
        if (directory < ApkFormat.BlockSizeField + ApkFormat.BlockFooter)
        {
            return new ApkSections(apk, zip, directory);
        }

        apk.ReadExactly(directory - footer.Length, footer);
        if (!footer[8..].SequenceEqual(ApkFormat.Magic))
        {
            return new ApkSections(apk, zip, directory);
        }

        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(footer);
        if (size < ApkFormat.BlockFooter || size > (ulong)(directory - ApkFormat.BlockSizeField) || size > ApkFormat.LargestBlock)
        {
            throw new ApkException($"the APK signing block says that it has {size} bytes: at most {Math.Min(directory - 8, ApkFormat.LargestBlock)} can lie before the central directory");
        }

        long offset = directory - (long)size - ApkFormat.BlockSizeField;
        byte[] bytes = apk.ReadExactly(offset, (int)size + ApkFormat.BlockSizeField - ApkFormat.BlockFooter);
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (first != size)
        {
            throw new ApkException($"the APK signing block has {first} bytes by its beginning and {size} by its end");
        }

        block = bytes[ApkFormat.BlockSizeField..];
        return new ApkSections(apk, zip, offset);
    }

    /// <summary>Finds the value of an ID in a block's pairs; empty when there is none.</summary>
    /// <exception cref="ApkException">The pairs are broken, or two have the ID.</exception>
    public static ReadOnlyMemory<byte> FindValue(ReadOnlyMemory<byte> pairs, uint id)
    {
        ReadOnlyMemory<byte> found = default;
        bool isFound = false;
        while (!pairs.IsEmpty)
        {
            ulong size = pairs.Length < ApkFormat.PairHeader ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(pairs.Span);
            if (size < 4 || size > (ulong)(pairs.Length - 8))
            {
                throw new ApkException($"a pair of {size} bytes in the APK signing block does not lie in the {pairs.Length} that are left");
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(pairs.Span[8..]) == id)
            {
                if (isFound)
                {
                    throw new ApkException($"the APK signing block has two values of ID 0x{id:x8}");
                }

                found = pairs.Slice(ApkFormat.PairHeader, (int)size - 4);
                isFound = true;
            }

            pairs = pairs[(8 + (int)size)..];
        }

        return found;
    }

    /// <summary>The digest of the content, as an algorithm makes it.</summary>
    public byte[] Digest(SignatureAlgorithm algorithm, IProgress<ApkProgress>? progress, CancellationToken cancellation)
    {
        long done = 0;
        Action<long>? add = progress is null ? null : bytes => progress.Report(new ApkProgress(done += bytes, ContentLength));
        return SignatureAlgorithms.DigestOf(algorithm) switch
        {
            ContentDigest.VerityChunkedSha256 => VerityDigest(add, cancellation),
            ContentDigest.ChunkedSha512 => ChunkedDigest(HashAlgorithmName.SHA512, 64, add, cancellation),
            _ => ChunkedDigest(HashAlgorithmName.SHA256, 32, add, cancellation),
        };
    }

    /// <summary>Each section begins a chunk of its own.</summary>
    private byte[] ChunkedDigest(HashAlgorithmName hash, int size, Action<long>? progress, CancellationToken cancellation)
    {
        const int Header = 5;
        IReadOnlyList<RandomAccessSource> sections = Content;
        int chunks = 0;
        foreach (RandomAccessSource section in sections)
        {
            chunks += Chunks(section);
        }

        byte[] digests = new byte[Header + (chunks * size)];
        digests[0] = ApkFormat.ContentPrefix;
        BinaryPrimitives.WriteUInt32LittleEndian(digests.AsSpan(1), (uint)chunks);
        int first = 0;
        for (int i = 0; i < sections.Count; i++)
        {
            int begin = first;
            SourceChunks.ForEach(
                sections[i],
                ApkFormat.Chunk,
                (index, bytes) =>
                {
                    Span<byte> prefix = stackalloc byte[Header];
                    prefix[0] = ApkFormat.ChunkPrefix;
                    BinaryPrimitives.WriteUInt32LittleEndian(prefix[1..], (uint)bytes.Length);
                    using var digest = IncrementalHash.CreateHash(hash);
                    digest.AppendData(prefix);
                    digest.AppendData(bytes);
                    digest.GetHashAndReset(digests.AsSpan(Header + ((begin + index) * size)));
                },
                progress,
                cancellation);
            first += Chunks(sections[i]);
        }

        return CryptographicOperations.HashData(hash, digests);
    }

    private static int Chunks(RandomAccessSource section) => (int)((section.Length + ApkFormat.Chunk - 1) / ApkFormat.Chunk);

    /// <summary>The root of a tree over the whole content, then its length: u64.</summary>
    private byte[] VerityDigest(Action<long>? progress, CancellationToken cancellation)
    {
        if (SigningBlockOffset == 0 || SigningBlockOffset % ApkFormat.VerityBlock != 0)
        {
            throw new ApkException($"the APK signing block at byte {SigningBlockOffset} does not begin a block of 4096 bytes, as its verity signature needs");
        }

        using var content = new ConcatenatedSource(Content);
        DmVerityTree tree = DmVerityTree.Build(content, DmVerityHash.Sha256, ApkFormat.VerityBlock, new byte[ApkFormat.VeritySalt], progress, cancellation);
        byte[] digest = new byte[DmVerityHash.Sha256.Size + sizeof(ulong)];
        tree.RootDigest.CopyTo(digest);
        BinaryPrimitives.WriteUInt64LittleEndian(digest.AsSpan(DmVerityHash.Sha256.Size), (ulong)content.Length);
        return digest;
    }
}
