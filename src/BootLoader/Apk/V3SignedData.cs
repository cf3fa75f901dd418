namespace BootLoader.Apk;

/// <summary>What a signer of APK Signature Scheme v3 signs.</summary>
internal sealed class V3SignedData
{
    private V3SignedData(List<(SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)> digests, ReadOnlyMemory<byte> certificate, uint minSdk, uint maxSdk)
    {
        Digests = digests;
        Certificate = certificate;
        MinSdk = minSdk;
        MaxSdk = maxSdk;
    }

    /// <summary>The digest of the content for each algorithm.</summary>
    public IReadOnlyList<(SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)> Digests { get; }

    /// <summary>The signer's own certificate, DER: the first one.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The lowest platform version.</summary>
    public uint MinSdk { get; }

    /// <summary>The highest platform version.</summary>
    public uint MaxSdk { get; }

    /// <summary>Reads it. Attributes that come last are tolerated, whatever they say, and so is what follows them: it is signed too.</summary>
    /// <exception cref="ApkException">It is broken, or has no certificate.</exception>
    public static V3SignedData Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new PrefixedReader(bytes, "the signed data of the APK signature");
        List<(SignatureAlgorithm, ReadOnlyMemory<byte>)> digests = V3Signer.ReadAlgorithms(reader.TakeNested());
        PrefixedReader certificates = reader.TakeNested();
        if (certificates.IsAtEnd)
        {
            throw new ApkException("the APK signature has no certificate");
        }

        ReadOnlyMemory<byte> certificate = certificates.TakePrefixed();
        while (!certificates.IsAtEnd)
        {
            certificates.TakePrefixed();
        }

        uint minSdk = reader.TakeUInt32(), maxSdk = reader.TakeUInt32();
        PrefixedReader attributes = reader.TakeNested();
        while (!attributes.IsAtEnd)
        {
            attributes.TakePrefixed();
        }

        return new V3SignedData(digests, certificate, minSdk, maxSdk);
    }

    /// <summary>The digest of an algorithm.</summary>
    /// <exception cref="ApkException">There is none.</exception>
    public ReadOnlyMemory<byte> Digest(SignatureAlgorithm algorithm)
    {
        foreach ((SignatureAlgorithm id, ReadOnlyMemory<byte> digest) in Digests)
        {
            if (id == algorithm)
            {
                return digest;
            }
        }

        throw new ApkException($"the APK signature has no digest for {algorithm}");
    }
}
