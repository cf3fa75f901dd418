using System.Buffers.Binary;
using BootLoader.Sources;

namespace BootLoader.FsVerity;

/// <summary>
/// A file's fs-verity metadata beside it (<c>.fsv_meta</c>), for file systems without fs-verity: <c>u32 version 1, descriptor, u32 signature
/// type, u32 signature size, signature</c>, little-endian, then at the next multiple of 4096 bytes the tree, root level first.
/// </summary>
public sealed class FsVerityMetadata
{
    private const uint Version = 1;
    private const int DescriptorAt = 4;
    private const int SignatureTypeAt = DescriptorAt + FsVerityDescriptor.Size;
    private const int HeaderSize = SignatureTypeAt + 8;

    /// <summary>Linux, FS_VERITY_MAX_SIGNATURE_SIZE.</summary>
    private const uint LargestSignature = 16128;

    private FsVerityMetadata(FsVerityDescriptor descriptor, FsVeritySignatureType signatureType, byte[] signature)
    {
        Descriptor = descriptor;
        SignatureType = signatureType;
        Signature = signature;
        TreeOffset = Round(HeaderSize + signature.Length);
        TreeSize = FsVerityDescriptor.TreeSize(descriptor.DataSize);
    }

    /// <summary>The descriptor. It is trusted only when its digest is known from elsewhere.</summary>
    public FsVerityDescriptor Descriptor { get; }

    /// <summary>What <see cref="Signature"/> is.</summary>
    public FsVeritySignatureType SignatureType { get; }

    /// <summary>The signature of the digest; not verified here.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>Where the tree lies in the file, when there is one.</summary>
    public long TreeOffset { get; }

    /// <summary>Bytes of the tree; 0 for a file of at most one block.</summary>
    public long TreeSize { get; }

    /// <summary>Reads all but the tree.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="FsVerityException">It is none, or not whole.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static FsVerityMetadata Read(RandomAccessSource file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Length < HeaderSize)
        {
            throw new FsVerityException($"fs-verity metadata has at least {HeaderSize} bytes: this has {file.Length}");
        }

        ReadOnlySpan<byte> header = file.ReadExactly(0, HeaderSize);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header), size = BinaryPrimitives.ReadUInt32LittleEndian(header[(SignatureTypeAt + 4)..]);
        var type = (FsVeritySignatureType)BinaryPrimitives.ReadUInt32LittleEndian(header[SignatureTypeAt..]);
        if (version != Version || type > FsVeritySignatureType.Raw || size > LargestSignature || (type == FsVeritySignatureType.None && size != 0))
        {
            throw new FsVerityException($"fs-verity metadata of version {version} with a signature of type {(uint)type} and {size} bytes is not supported");
        }

        if (size > file.Length - HeaderSize)
        {
            throw new FsVerityException($"the signature of {size} bytes does not lie in the fs-verity metadata of {file.Length}");
        }

        var read = new FsVerityMetadata(
            FsVerityDescriptor.Read(header.Slice(DescriptorAt, FsVerityDescriptor.Size)), type, file.ReadExactly(HeaderSize, (int)size));
        // Subtracting cannot overflow; a hostile size of the data makes the tree larger than any file.
        return read.TreeSize == 0 || (read.TreeOffset <= file.Length && read.TreeSize <= file.Length - read.TreeOffset)
            ? read
            : throw new FsVerityException($"the tree of {read.TreeSize} bytes at byte {read.TreeOffset} does not lie in the fs-verity metadata of {file.Length}");
    }

    /// <summary>Writes the metadata of a file.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="tree">The tree (<see cref="FsVerityDescriptor.Of"/>).</param>
    /// <param name="signatureType">What the signature is.</param>
    /// <param name="signature">The signature; empty for none.</param>
    public static void Write(
        Stream output,
        FsVerityDescriptor descriptor,
        ReadOnlySpan<byte> tree,
        FsVeritySignatureType signatureType = FsVeritySignatureType.None,
        ReadOnlySpan<byte> signature = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentOutOfRangeException.ThrowIfNotEqual(tree.Length, FsVerityDescriptor.TreeSize(descriptor.DataSize), nameof(tree));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)signature.Length, LargestSignature, nameof(signature));
        byte[] header = new byte[tree.IsEmpty ? HeaderSize + signature.Length : (int)Round(HeaderSize + signature.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Version);
        descriptor.ToBytes().CopyTo(header, DescriptorAt);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SignatureTypeAt), (uint)signatureType);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(SignatureTypeAt + 4), (uint)signature.Length);
        signature.CopyTo(header.AsSpan(HeaderSize));
        output.Write(header);
        output.Write(tree);
    }

    private static long Round(long size) => (size + FsVerityDescriptor.BlockSize - 1) / FsVerityDescriptor.BlockSize * FsVerityDescriptor.BlockSize;
}
