namespace BootLoader.Apk;

/// <summary>A signer in the value of APK Signature Scheme v3, read but not verified.</summary>
internal sealed class V3Signer
{
    private const string Block = "the APK signature of scheme v3";

    private V3Signer(ReadOnlyMemory<byte> signedData, uint minSdk, uint maxSdk, List<(SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)> signatures, ReadOnlyMemory<byte> publicKey)
    {
        SignedData = signedData;
        MinSdk = minSdk;
        MaxSdk = maxSdk;
        Signatures = signatures;
        PublicKey = publicKey;
    }

    /// <summary>The bytes that are signed.</summary>
    public ReadOnlyMemory<byte> SignedData { get; }

    /// <summary>The lowest platform version that it is for.</summary>
    public uint MinSdk { get; }

    /// <summary>The highest platform version that it is for.</summary>
    public uint MaxSdk { get; }

    /// <summary>Its signatures.</summary>
    public IReadOnlyList<(SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)> Signatures { get; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The signature that is verified: the supported one with the strongest digest of content; of equals the last, as libapkverify does.</summary>
    /// <exception cref="ApkException">None is supported.</exception>
    public (SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes) Strongest()
    {
        (SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)? best = null;
        foreach ((SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes) signature in Signatures)
        {
            if (SignatureAlgorithms.IsSupported(signature.Id)
                && (best is not { } found || SignatureAlgorithms.DigestOf(signature.Id) >= SignatureAlgorithms.DigestOf(found.Id)))
            {
                best = signature;
            }
        }

        return best ?? throw new ApkException(
            $"no signature is of a supported algorithm (RSA and ECDSA are, DSA is not): {string.Join(", ", Signatures.Select(static s => $"0x{(uint)s.Id:x4}"))}");
    }

    /// <summary>Reads the one signer for a platform version.</summary>
    /// <param name="value">The value in the signing block.</param>
    /// <param name="sdk">The version.</param>
    /// <exception cref="ApkException">There is not exactly one, or the value is broken.</exception>
    public static V3Signer Read(ReadOnlyMemory<byte> value, uint sdk)
    {
        var reader = new PrefixedReader(value, Block);
        PrefixedReader signers = reader.TakeNested();
        reader.End();
        var found = new List<V3Signer>();
        while (!signers.IsAtEnd)
        {
            V3Signer signer = ReadOne(signers.TakeNested());
            if (signer.MinSdk <= sdk && sdk <= signer.MaxSdk)
            {
                found.Add(signer);
            }
        }

        return found.Count == 1 ? found[0] : throw new ApkException($"one signer is needed for platform version {sdk}; the APK has {found.Count}");
    }

    private static V3Signer ReadOne(PrefixedReader reader)
    {
        ReadOnlyMemory<byte> signedData = reader.TakePrefixed();
        uint minSdk = reader.TakeUInt32(), maxSdk = reader.TakeUInt32();
        PrefixedReader signatures = reader.TakeNested();
        ReadOnlyMemory<byte> publicKey = reader.TakePrefixed();
        reader.End();
        return new V3Signer(signedData, minSdk, maxSdk, ReadAlgorithms(signatures), publicKey);
    }

    /// <summary>Reads a list of an algorithm each and what belongs to it.</summary>
    internal static List<(SignatureAlgorithm Id, ReadOnlyMemory<byte> Bytes)> ReadAlgorithms(PrefixedReader reader)
    {
        var list = new List<(SignatureAlgorithm, ReadOnlyMemory<byte>)>();
        while (!reader.IsAtEnd)
        {
            PrefixedReader item = reader.TakeNested();
            list.Add(((SignatureAlgorithm)item.TakeUInt32(), item.TakePrefixed()));
            item.End();
        }

        return list;
    }
}
