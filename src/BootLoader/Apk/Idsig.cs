using System.Security.Cryptography;
using BootLoader.FsVerity;
using BootLoader.Sources;
using BootLoader.Verity;

namespace BootLoader.Apk;

/// <summary>
/// The signature file of APK Signature Scheme v4 (source.android.com), which AVF uses for its hash tree: <c>u32 version 2, sized hashing_info,
/// sized signing_info, sized merkle_tree</c>, little-endian. The certificate and signature in it are not used, as in AVF: whoever trusts the
/// root verifies the APK itself once.
/// </summary>
public sealed class Idsig
{
    /// <summary>The only version that there is.</summary>
    public const uint Version = 2;

    /// <summary>SHA-256 in hashing_info.</summary>
    public const uint HashAlgorithmSha256 = 1;

    /// <summary>log2 of <see cref="BlockBytes"/>.</summary>
    public const byte Log2BlockSize = 12;

    /// <summary>Bytes of the blocks that are hashed.</summary>
    public const int BlockBytes = 1 << Log2BlockSize;

    private const string Name = "the idsig";

    /// <summary>What lies before the tree is less: two digests, a certificate, a key and a signature.</summary>
    private const int LargestHeader = 256 << 10;
    private const int LargestSalt = 32;
    private const int Compared = 1 << 20;

    private Idsig(byte[] salt, byte[] rootHash, byte[] apkDigest, SignatureAlgorithm algorithm, long treeOffset, long treeSize)
    {
        Salt = salt;
        RootHash = rootHash;
        ApkDigest = apkDigest;
        SignatureAlgorithm = algorithm;
        TreeOffset = treeOffset;
        TreeSize = treeSize;
    }

    /// <summary>The root of the tree: 32 bytes.</summary>
    public ReadOnlyMemory<byte> RootHash { get; }

    /// <summary>
    /// Hashed before each block, as dm-verity needs to be told: filled up with zeros to 64 bytes, as fs-verity and AVF hash a salt. Usually empty.
    /// </summary>
    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>Bytes of data and hash blocks.</summary>
    public int BlockSize { get; } = BlockBytes;

    /// <summary>The digest of the APK's content in its own signature (<see cref="ApkSignature.Digest"/>).</summary>
    public ReadOnlyMemory<byte> ApkDigest { get; }

    /// <summary>The algorithm of the signature.</summary>
    public SignatureAlgorithm SignatureAlgorithm { get; }

    /// <summary>Where the tree lies in the file, in bytes.</summary>
    public long TreeOffset { get; }

    /// <summary>Bytes of the tree; 0 when the APK has a single block.</summary>
    public long TreeSize { get; }

    /// <summary>Reads all but the tree.</summary>
    /// <param name="idsig">The file, or a partition that begins with it.</param>
    /// <exception cref="ApkException">It is no idsig, or one of a kind that is not supported.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static Idsig Read(RandomAccessSource idsig)
    {
        ArgumentNullException.ThrowIfNull(idsig);
        byte[] head = idsig.ReadExactly(0, (int)Math.Min(idsig.Length, LargestHeader));
        var reader = new PrefixedReader(head, Name);
        uint version = reader.TakeUInt32();
        if (version != Version)
        {
            throw new ApkException($"{Name} has version {version}: it must be {Version}");
        }

        PrefixedReader hashing = reader.TakeNested();
        uint algorithm = hashing.TakeUInt32();
        byte log2 = hashing.TakeByte();
        ReadOnlyMemory<byte> salt = hashing.TakePrefixed(), root = hashing.TakePrefixed();
        hashing.End();
        if (algorithm != HashAlgorithmSha256 || log2 != Log2BlockSize || salt.Length > LargestSalt || root.Length != SHA256.HashSizeInBytes)
        {
            throw new ApkException(
                $"{Name} has hash {algorithm}, blocks of 2^{log2} bytes, {salt.Length} bytes of salt and a root of {root.Length}: it must be SHA-256 (1), 2^{Log2BlockSize}, at most {LargestSalt}, and {SHA256.HashSizeInBytes}");
        }

        PrefixedReader signing = reader.TakeNested();
        ReadOnlyMemory<byte> digest = signing.TakePrefixed();
        signing.TakePrefixed(); // x509_certificate
        signing.TakePrefixed(); // additional_data
        signing.TakePrefixed(); // public_key
        var signature = (SignatureAlgorithm)signing.TakeUInt32();
        signing.TakePrefixed(); // signature
        signing.End();
        uint size = reader.TakeUInt32();
        long offset = head.Length - reader.Left;
        return size <= idsig.Length - offset && size % BlockBytes == 0
            ? new Idsig(FsVerityDescriptor.PadSalt(salt.Span), root.ToArray(), digest.ToArray(), signature, offset, size)
            : throw new ApkException($"{Name} should have a tree of {size} bytes: {idsig.Length - offset} follow, and a tree is made of blocks of {BlockBytes}");
    }

    /// <summary>Makes the idsig of an APK, as AVF's createOrUpdateIdsigFile: without certificate and signature.</summary>
    /// <param name="apk">The APK, to its last byte. It must be signed by scheme v3; that is not verified here.</param>
    /// <param name="sdk">The platform version that the signer must be for.</param>
    /// <param name="progress">Told as blocks are hashed; from several threads, one call at a time.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ApkException">The APK is not signed by scheme v3.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static byte[] Create(
        RandomAccessSource apk, uint sdk = ApkVerifier.CurrentSdk, IProgress<ApkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ApkSignature signature = ApkVerifier.ReadUnverified(apk, sdk);
        DmVerityTree tree = Build(apk, default, progress, cancellation);
        return [.. Header(signature, tree), .. tree.Levels.Span];
    }

    /// <summary>Makes the idsig of an APK in a file, unless the file is the idsig of that APK already.</summary>
    /// <param name="apk">The APK, to its last byte.</param>
    /// <param name="idsig">The file, readable, writable and seekable; what else is in it is overwritten.</param>
    /// <param name="sdk">The platform version that the signer must be for.</param>
    /// <param name="progress">Told as blocks are hashed; from several threads, one call at a time.</param>
    /// <param name="cancellation">Ends it early; the file may then hold no idsig.</param>
    /// <returns>Whether the file was written.</returns>
    /// <exception cref="ApkException">The APK is not signed by scheme v3; the file is as it was.</exception>
    /// <exception cref="IOException">One of them could not be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static bool CreateOrUpdate(
        RandomAccessSource apk,
        Stream idsig,
        uint sdk = ApkVerifier.CurrentSdk,
        IProgress<ApkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(idsig);
        ApkSignature signature = ApkVerifier.ReadUnverified(apk, sdk);
        if (IsOf(idsig, apk.Length, signature))
        {
            return false;
        }

        DmVerityTree tree = Build(apk, default, progress, cancellation);
        byte[] header = Header(signature, tree);
        idsig.SetLength(0);
        // The header is written last: where it is, the tree is whole, even when somebody was killed in between.
        idsig.Position = header.Length;
        idsig.Write(tree.Levels.Span);
        idsig.Flush();
        idsig.Position = 0;
        idsig.Write(header);
        idsig.Flush();
        return true;
    }

    /// <summary>Verifies that root and tree of an idsig are those of an APK, and its digest that of the APK's signature.</summary>
    /// <param name="idsig">The idsig.</param>
    /// <param name="apk">The APK, to its last byte; its signature is not verified here.</param>
    /// <param name="sdk">The platform version that the signer must be for.</param>
    /// <param name="progress">Told as blocks are hashed; from several threads, one call at a time.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ApkException">They do not belong together.</exception>
    /// <exception cref="IOException">One of them could not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static Idsig Verify(
        RandomAccessSource idsig,
        RandomAccessSource apk,
        uint sdk = ApkVerifier.CurrentSdk,
        IProgress<ApkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        Idsig read = Read(idsig);
        ApkSignature signature = ApkVerifier.ReadUnverified(apk, sdk);
        if (!read.ApkDigest.Span.SequenceEqual(signature.Digest.Span))
        {
            throw new ApkException($"{Name} is one of another APK: its apk_digest is not that of the APK's signature");
        }

        DmVerityTree tree = Build(apk, read.Salt, progress, cancellation);
        if (!CryptographicOperations.FixedTimeEquals(tree.RootDigest.Span, read.RootHash.Span))
        {
            throw new ApkException($"the APK is not the one of the idsig: its root hash is {Convert.ToHexStringLower(tree.RootDigest.Span)}");
        }

        return read.TreeSize == tree.Levels.Length && IsSame(idsig, read.TreeOffset, tree.Levels.Span)
            ? read
            : throw new ApkException($"the hash tree in {Name} is not that of the APK");
    }

    private static DmVerityTree Build(RandomAccessSource apk, ReadOnlyMemory<byte> salt, IProgress<ApkProgress>? progress, CancellationToken cancellation)
    {
        long done = 0;
        try
        {
            return DmVerityTree.Build(
                apk,
                DmVerityHash.Sha256,
                BlockBytes,
                salt,
                progress is null ? null : bytes => progress.Report(new ApkProgress(done += bytes, apk.Length)),
                cancellation);
        }
        catch (VerityException failure)
        {
            throw new ApkException(failure.Message, failure);
        }
    }

    private static byte[] Header(ApkSignature signature, DmVerityTree tree)
    {
        var writer = new PrefixedWriter();
        writer.Add(Version);
        writer.AddNested(hashing =>
        {
            hashing.Add(HashAlgorithmSha256);
            hashing.Add(Log2BlockSize);
            hashing.AddPrefixed([]);
            hashing.AddPrefixed(tree.RootDigest.Span);
        });
        writer.AddNested(signing =>
        {
            signing.AddPrefixed(signature.Digest.Span);
            signing.AddPrefixed([]);
            signing.AddPrefixed([]);
            signing.AddPrefixed([]);
            signing.Add((uint)signature.Algorithm);
            signing.AddPrefixed([]);
        });
        writer.Add((uint)tree.Levels.Length);
        return writer.ToArray();
    }

    private static bool IsOf(Stream file, long apkSize, ApkSignature signature)
    {
        if (file.Length == 0)
        {
            return false; // It has just been made.
        }

        try
        {
            using var source = new StreamSource(file);
            Idsig read = Read(source);
            long size = DmVerityTree.Size((apkSize + BlockBytes - 1) / BlockBytes * BlockBytes, DmVerityHash.Sha256, BlockBytes);
            return read.ApkDigest.Span.SequenceEqual(signature.Digest.Span)
                && read.SignatureAlgorithm == signature.Algorithm
                && read.Salt.IsEmpty
                && read.TreeSize == size
                && file.Length == read.TreeOffset + size;
        }
        catch (ApkException)
        {
            return false; // Any file may be given; it becomes the idsig.
        }
    }

    private static bool IsSame(RandomAccessSource idsig, long offset, ReadOnlySpan<byte> tree)
    {
        byte[] chunk = new byte[Math.Min(Compared, tree.Length)];
        for (int at = 0; at < tree.Length; at += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, Math.Min(chunk.Length, tree.Length - at));
            idsig.ReadExactly(offset + at, part);
            if (!part.SequenceEqual(tree.Slice(at, part.Length)))
            {
                return false;
            }
        }

        return true;
    }
}
