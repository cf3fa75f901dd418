namespace BootLoader.Avb;

/// <summary>The parts of a vbmeta whose header was checked. Shared with the firmware.</summary>
public readonly ref struct VbmetaImage
{
    private readonly ReadOnlySpan<byte> _authentication;

    private VbmetaImage(ReadOnlySpan<byte> bytes, scoped in VbmetaHeader header)
    {
        int auxiliary = VbmetaHeader.Size + (int)header.AuthenticationSize;
        Bytes = bytes[..(auxiliary + (int)header.AuxiliarySize)];
        Header = header;
        _authentication = Bytes[VbmetaHeader.Size..auxiliary];
        Auxiliary = Bytes[auxiliary..];
    }

    /// <summary>The whole vbmeta, without what follows it.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Its header.</summary>
    public VbmetaHeader Header { get; }

    /// <summary>The block that holds digest and signature; the signature does not cover it.</summary>
    public ReadOnlySpan<byte> Authentication => _authentication;

    /// <summary>The block that holds key and descriptors.</summary>
    public ReadOnlySpan<byte> Auxiliary { get; }

    /// <summary>The digest of header and auxiliary block.</summary>
    public ReadOnlySpan<byte> Hash => _authentication.Slice((int)Header.HashOffset, (int)Header.HashSize);

    /// <summary>The signature of that digest.</summary>
    public ReadOnlySpan<byte> Signature => _authentication.Slice((int)Header.SignatureOffset, (int)Header.SignatureSize);

    /// <summary>The public key as it is stored (<see cref="AvbPublicKey"/>).</summary>
    public ReadOnlySpan<byte> PublicKey => Auxiliary.Slice((int)Header.PublicKeyOffset, (int)Header.PublicKeySize);

    /// <summary>What else is said of the key; free for the device.</summary>
    public ReadOnlySpan<byte> PublicKeyMetadata => Auxiliary.Slice((int)Header.PublicKeyMetadataOffset, (int)Header.PublicKeyMetadataSize);

    /// <summary>The descriptors, one after the other.</summary>
    public ReadOnlySpan<byte> DescriptorBytes => Auxiliary.Slice((int)Header.DescriptorsOffset, (int)Header.DescriptorsSize);

    /// <summary>The tool that made it, ASCII without the NUL.</summary>
    public ReadOnlySpan<byte> Release
    {
        get
        {
            ReadOnlySpan<byte> text = Bytes.Slice(VbmetaHeader.ReleaseOffset, VbmetaHeader.ReleaseSize);
            return text[..text.IndexOf((byte)0)];
        }
    }

    /// <summary>Walks the descriptors.</summary>
    public AvbDescriptorEnumerator Descriptors => new(DescriptorBytes);

    /// <summary>Takes a vbmeta apart without asking whether it is genuine: <see cref="VbmetaVerifier"/> does.</summary>
    /// <param name="vbmeta">The vbmeta; bytes after it are left alone.</param>
    /// <param name="image">Its parts; usable only when the result is <see cref="VbmetaResult.Ok"/>.</param>
    public static VbmetaResult Open(ReadOnlySpan<byte> vbmeta, out VbmetaImage image)
    {
        image = default;
        VbmetaResult result = VbmetaHeader.Read(vbmeta, out VbmetaHeader header);
        if (result == VbmetaResult.Ok)
        {
            image = new VbmetaImage(vbmeta, header);
        }

        return result;
    }
}
