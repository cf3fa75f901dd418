using System.Buffers.Binary;

namespace BootLoader.Avb;

/// <summary>The header of a vbmeta, 256 bytes, big-endian (libavb, avb_vbmeta_image.h). Shared with the firmware.</summary>
public readonly struct VbmetaHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 256;

    /// <summary>Bytes of the longest vbmeta, as libavb's VBMETA_MAX_SIZE.</summary>
    public const int MaximumImage = 64 << 10;

    /// <summary>The major version that is understood (AVB_VERSION_MAJOR).</summary>
    public const uint SupportedMajor = 1;

    /// <summary>The newest minor version that is understood (AVB_VERSION_MINOR).</summary>
    public const uint SupportedMinor = 3;

    /// <summary>Where the text of the making tool's release lies.</summary>
    public const int ReleaseOffset = 128;

    /// <summary>Bytes of that text, the final NUL included.</summary>
    public const int ReleaseSize = 48;

    /// <summary>Both blocks are multiples of this many bytes.</summary>
    public const int BlockAlignment = 64;

    /// <summary>What a vbmeta begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "AVB0"u8;

    /// <summary>The major version of libavb that it needs.</summary>
    public uint RequiredMajor { get; init; }

    /// <summary>The least minor version of libavb that it needs.</summary>
    public uint RequiredMinor { get; init; }

    /// <summary>Bytes of the authentication block, which follows the header.</summary>
    public ulong AuthenticationSize { get; init; }

    /// <summary>Bytes of the auxiliary block, which follows the authentication block.</summary>
    public ulong AuxiliarySize { get; init; }

    /// <summary>How it is signed.</summary>
    public AvbAlgorithm Algorithm { get; init; }

    /// <summary>Where the digest lies in the authentication block.</summary>
    public ulong HashOffset { get; init; }

    /// <summary>Bytes of the digest.</summary>
    public ulong HashSize { get; init; }

    /// <summary>Where the signature lies in the authentication block.</summary>
    public ulong SignatureOffset { get; init; }

    /// <summary>Bytes of the signature.</summary>
    public ulong SignatureSize { get; init; }

    /// <summary>Where the public key lies in the auxiliary block.</summary>
    public ulong PublicKeyOffset { get; init; }

    /// <summary>Bytes of the public key.</summary>
    public ulong PublicKeySize { get; init; }

    /// <summary>Where the public key's metadata lies in the auxiliary block.</summary>
    public ulong PublicKeyMetadataOffset { get; init; }

    /// <summary>Bytes of the metadata.</summary>
    public ulong PublicKeyMetadataSize { get; init; }

    /// <summary>Where the descriptors lie in the auxiliary block.</summary>
    public ulong DescriptorsOffset { get; init; }

    /// <summary>Bytes of the descriptors.</summary>
    public ulong DescriptorsSize { get; init; }

    /// <summary>Grows with each release that must not be undone.</summary>
    public ulong RollbackIndex { get; init; }

    /// <summary>What is turned off.</summary>
    public VbmetaFlags Flags { get; init; }

    /// <summary>Where the device keeps the rollback index of this vbmeta.</summary>
    public uint RollbackIndexLocation { get; init; }

    /// <summary>Reads and checks a header: version, and that everything it points to lies inside its block and inside the image, apart from one another.</summary>
    /// <param name="vbmeta">The whole vbmeta; bytes after it are left alone.</param>
    /// <param name="header">The header; usable only when the result is <see cref="VbmetaResult.Ok"/>, which is said of unsigned ones too.</param>
    public static VbmetaResult Read(ReadOnlySpan<byte> vbmeta, out VbmetaHeader header)
    {
        header = default;
        if (vbmeta.Length < Size || !vbmeta[..4].SequenceEqual(Magic))
        {
            return VbmetaResult.InvalidHeader;
        }

        header = Decode(vbmeta);
        if (header.RequiredMajor != SupportedMajor || header.RequiredMinor > SupportedMinor)
        {
            return VbmetaResult.UnsupportedVersion;
        }

        if (vbmeta.Slice(ReleaseOffset, ReleaseSize).IndexOf((byte)0) < 0 || !BlocksFit(header, (ulong)vbmeta.Length) || !RangesFit(header))
        {
            return VbmetaResult.InvalidHeader;
        }

        bool sized = AvbAlgorithmSizes.IsKnown(header.Algorithm) &&
            header.HashSize == (ulong)AvbAlgorithmSizes.Digest(header.Algorithm) &&
            header.SignatureSize == (ulong)AvbAlgorithmSizes.Signature(header.Algorithm);
        return sized ? VbmetaResult.Ok : VbmetaResult.BadAlgorithm;
    }

    private static VbmetaHeader Decode(ReadOnlySpan<byte> bytes) => new()
    {
        RequiredMajor = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
        RequiredMinor = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        AuthenticationSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[12..]),
        AuxiliarySize = BinaryPrimitives.ReadUInt64BigEndian(bytes[20..]),
        Algorithm = (AvbAlgorithm)BinaryPrimitives.ReadUInt32BigEndian(bytes[28..]),
        HashOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[32..]),
        HashSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[40..]),
        SignatureOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[48..]),
        SignatureSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[56..]),
        PublicKeyOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[64..]),
        PublicKeySize = BinaryPrimitives.ReadUInt64BigEndian(bytes[72..]),
        PublicKeyMetadataOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[80..]),
        PublicKeyMetadataSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[88..]),
        DescriptorsOffset = BinaryPrimitives.ReadUInt64BigEndian(bytes[96..]),
        DescriptorsSize = BinaryPrimitives.ReadUInt64BigEndian(bytes[104..]),
        RollbackIndex = BinaryPrimitives.ReadUInt64BigEndian(bytes[112..]),
        Flags = (VbmetaFlags)BinaryPrimitives.ReadUInt32BigEndian(bytes[120..]),
        RollbackIndexLocation = BinaryPrimitives.ReadUInt32BigEndian(bytes[124..]),
    };

    private static bool BlocksFit(in VbmetaHeader header, ulong available)
    {
        available -= Size;
        return header.AuthenticationSize % BlockAlignment == 0 && header.AuxiliarySize % BlockAlignment == 0 &&
            header.AuthenticationSize <= available && header.AuxiliarySize <= available - header.AuthenticationSize;
    }

    /// <summary>Ranges that overlap would let one byte mean two things; no tool makes them.</summary>
    private static bool RangesFit(in VbmetaHeader header)
    {
        ulong authentication = header.AuthenticationSize, auxiliary = header.AuxiliarySize;
        return Fits(header.HashOffset, header.HashSize, authentication) &&
            Fits(header.SignatureOffset, header.SignatureSize, authentication) &&
            Fits(header.PublicKeyOffset, header.PublicKeySize, auxiliary) &&
            Fits(header.PublicKeyMetadataOffset, header.PublicKeyMetadataSize, auxiliary) &&
            Fits(header.DescriptorsOffset, header.DescriptorsSize, auxiliary) &&
            Apart(header.HashOffset, header.HashSize, header.SignatureOffset, header.SignatureSize) &&
            Apart(header.PublicKeyOffset, header.PublicKeySize, header.PublicKeyMetadataOffset, header.PublicKeyMetadataSize) &&
            Apart(header.PublicKeyOffset, header.PublicKeySize, header.DescriptorsOffset, header.DescriptorsSize) &&
            Apart(header.PublicKeyMetadataOffset, header.PublicKeyMetadataSize, header.DescriptorsOffset, header.DescriptorsSize);
    }

    private static bool Fits(ulong offset, ulong size, ulong block) => offset <= block && size <= block - offset;

    /// <summary>Neither sum overflows: both ranges fit in a block.</summary>
    private static bool Apart(ulong offset, ulong size, ulong otherOffset, ulong otherSize) =>
        size == 0 || otherSize == 0 || offset + size <= otherOffset || otherOffset + otherSize <= offset;
}
