using System.Security.Cryptography;
using System.Text;
using BootLoader.Avb;
using BootLoader.Avb.Slots;
using BootLoader.Cryptography;
using BootLoader.Sources;
using BootLoader.Verity;
using BootLoader.Zip;

namespace BootLoader.Apex;

/// <summary>
/// An APEX: a zip archive with a file system image that dm-verity verifies, and the key that signed its root (AOSP, system/apex/docs). A
/// compressed APEX, which holds another one, is refused: take that one out of it.
/// </summary>
public sealed class ApexFile
{
    /// <summary>The entry with the image.</summary>
    public const string PayloadEntry = "apex_payload.img";

    /// <summary>The entry with the public key.</summary>
    public const string PublicKeyEntry = "apex_pubkey";

    /// <summary>What the image's place in the file is a multiple of.</summary>
    public const int PayloadAlignment = 4096;

    private const string CompressedEntry = "original_apex";
    private const int LargestManifest = 1 << 20;

    private ApexFile(ApexManifest manifest, byte[] publicKey, long payloadOffset, long payloadSize, ApexHashtree hashtree)
    {
        Name = manifest.Name;
        Version = manifest.Version;
        PublicKey = publicKey;
        PayloadOffset = payloadOffset;
        PayloadSize = payloadSize;
        Hashtree = hashtree;
    }

    /// <summary>The module's name, of its manifest.</summary>
    public string Name { get; }

    /// <summary>The module's version, of its manifest.</summary>
    public long Version { get; }

    /// <summary>The public key as AVB stores it (<see cref="AvbPublicKey"/>).</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The root of the image's hash tree, as it was signed.</summary>
    public ReadOnlyMemory<byte> RootDigest => Hashtree.RootDigest;

    /// <summary>Where the image lies in the file, in bytes.</summary>
    public long PayloadOffset { get; }

    /// <summary>Bytes of the image, with its tree and footer.</summary>
    public long PayloadSize { get; }

    /// <summary>What dm-verity needs to know.</summary>
    public ApexHashtree Hashtree { get; }

    /// <summary>Reads an APEX and verifies the signature of its root. The image itself is left to dm-verity, or <see cref="Verify"/>.</summary>
    /// <param name="apex">The file, to its last byte (<see cref="ZipSections.WithoutPadding"/>).</param>
    /// <exception cref="ApexException">It is none, or its signature is not one of the key in it. Whether that key is to be trusted is the caller's to say.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static ApexFile Open(RandomAccessSource apex)
    {
        ArgumentNullException.ThrowIfNull(apex);
        try
        {
            var archive = ZipArchiveReader.Open(apex);
            if (archive.Find(PayloadEntry) is null && archive.Find(CompressedEntry) is not null)
            {
                throw new ApexException($"it is a compressed APEX: use the '{CompressedEntry}' in it");
            }

            ZipEntry payload = Entry(archive, PayloadEntry);
            if (payload.Method != ZipMethod.Stored || payload.DataOffset % PayloadAlignment != 0)
            {
                throw new ApexException($"{PayloadEntry} at byte {payload.DataOffset} must be stored at a multiple of {PayloadAlignment} bytes, to be used in place");
            }

            byte[] key = archive.ReadEntry(Entry(archive, PublicKeyEntry), AvbPublicKey.BlobSize(8192));
            var manifest = ApexManifest.Read(archive.ReadEntry(Entry(archive, ApexManifest.EntryName), LargestManifest));
            using RandomAccessSource image = apex.Slice(payload.DataOffset, payload.Size);
            return new ApexFile(manifest, key, payload.DataOffset, payload.Size, ReadHashtree(image, key));
        }
        catch (ZipException failure)
        {
            throw new ApexException(failure.Message, failure);
        }
    }

    /// <summary>Reads an APEX and verifies every block of its image.</summary>
    /// <param name="apex">The file, to its last byte, which must not change meanwhile.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="ApexException">It is none, its signature is not one of the key in it, or the image is not what was signed.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static ApexFile Verify(RandomAccessSource apex, CancellationToken cancellation = default)
    {
        ApexFile opened = Open(apex);
        ApexHashtree tree = opened.Hashtree;
        using RandomAccessSource data = apex.Slice(opened.PayloadOffset, tree.ImageSize);
        DmVerityTree built = DmVerityTree.Build(data, DmVerityHash.Find(tree.Algorithm)!, tree.DataBlockSize, tree.Salt, null, cancellation);
        if (!CryptographicOperations.FixedTimeEquals(built.RootDigest.Span, tree.RootDigest.Span))
        {
            throw new ApexException($"{PayloadEntry} is not what was signed: its root digest is {Convert.ToHexStringLower(built.RootDigest.Span)}");
        }

        byte[] stored = apex.ReadExactly(opened.PayloadOffset + tree.TreeOffset, (int)tree.TreeSize);
        return built.Levels.Span.SequenceEqual(stored) ? opened : throw new ApexException($"the hash tree in {PayloadEntry} is not that of its data");
    }

    /// <summary>Reads the signed description of a payload image.</summary>
    /// <param name="image">The image with its footer.</param>
    /// <param name="publicKey">The key that it must be signed by; null for whichever it is.</param>
    internal static ApexHashtree ReadHashtree(RandomAccessSource image, ReadOnlySpan<byte> publicKey)
    {
        byte[] bytes = ReadVbmeta(image);
        VbmetaResult result = VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage vbmeta);
        if (result != VbmetaResult.Ok)
        {
            throw new ApexException($"the vbmeta of {PayloadEntry} {(result == VbmetaResult.OkNotSigned ? "is not signed" : $"is refused: {result}")}");
        }

        if (!publicKey.SequenceEqual(vbmeta.PublicKey))
        {
            throw new ApexException($"{PayloadEntry} is signed by another key than {PublicKeyEntry}");
        }

        ApexHashtree? found = null;
        AvbDescriptorEnumerator walk = vbmeta.Descriptors;
        while (walk.MoveNext())
        {
            if (walk.Current.Tag == AvbDescriptorTag.Hashtree)
            {
                if (found is not null || !HashtreeDescriptor.TryRead(walk.Current, out HashtreeDescriptor descriptor))
                {
                    throw new ApexException($"{PayloadEntry} has a broken hashtree descriptor, or two");
                }

                found = Check(descriptor, image.Length);
            }
        }

        return walk.IsMalformed || found is null ? throw new ApexException($"{PayloadEntry} has no hashtree descriptor, or broken ones") : found;
    }

    /// <summary>The vbmeta of a payload image, not verified.</summary>
    internal static byte[] ReadVbmeta(RandomAccessSource image)
    {
        try
        {
            using Stream stream = image.AsStream();
            byte[]? bytes = PartitionVbmeta.Read(stream, out _, out AvbFooter? footer);
            return bytes is null || footer is null ? throw new ApexException($"{PayloadEntry} does not end in an AVB footer") : bytes;
        }
        catch (AvbFooterException failure)
        {
            throw new ApexException($"{PayloadEntry}: {failure.Message}", failure);
        }
    }

    private static ApexHashtree Check(in HashtreeDescriptor descriptor, long length)
    {
        string algorithm = Encoding.ASCII.GetString(descriptor.Algorithm);
        DmVerityHash? hash = DmVerityHash.Find(algorithm);
        // As apexd: nothing weaker than SHA-256.
        if (descriptor.DmVerityVersion != 1 || hash is null || hash == DmVerityHash.Sha1 || descriptor.RootDigest.Length != hash.Size
            || descriptor.DataBlockSize != descriptor.HashBlockSize || descriptor.DataBlockSize != PayloadAlignment)
        {
            throw new ApexException(
                $"the tree of {PayloadEntry} is of version {descriptor.DmVerityVersion}, '{algorithm}' and blocks of {descriptor.DataBlockSize} and {descriptor.HashBlockSize} bytes, which is not supported");
        }

        ulong size = (ulong)length, treeSize;
        try
        {
            treeSize = descriptor.ImageSize <= size ? (ulong)DmVerityTree.Size((long)descriptor.ImageSize, hash, PayloadAlignment) : ulong.MaxValue;
        }
        catch (VerityException failure)
        {
            throw new ApexException($"{PayloadEntry}: {failure.Message}", failure);
        }

        bool isInside = descriptor.TreeOffset <= size && descriptor.TreeSize <= size - descriptor.TreeOffset
            && descriptor.ImageSize <= descriptor.TreeOffset && descriptor.TreeOffset % PayloadAlignment == 0;
        return isInside && treeSize == descriptor.TreeSize
            ? new ApexHashtree(
                (long)descriptor.ImageSize,
                (long)descriptor.TreeOffset,
                (long)descriptor.TreeSize,
                (int)descriptor.DataBlockSize,
                (int)descriptor.HashBlockSize,
                algorithm,
                descriptor.Salt.ToArray(),
                descriptor.RootDigest.ToArray())
            : throw new ApexException(
                $"{descriptor.ImageSize} bytes of data and their tree of {descriptor.TreeSize} at byte {descriptor.TreeOffset} do not lie in {PayloadEntry}, which has {length}");
    }

    private static ZipEntry Entry(ZipArchiveReader archive, string name) =>
        archive.Find(name) is { IsDirectory: false } entry ? entry : throw new ApexException($"it has no {name}: it is no APEX");
}
