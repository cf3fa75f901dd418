using BootLoader.Cbor;
using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>A certificate of a DICE chain: an untagged COSE_Sign1 (RFC 9052, 4.2) over a map of claims (Open Profile for DICE, "CBOR UDS Certificates" on).</summary>
public readonly ref struct DiceCertificate
{
    /// <summary>The largest certificate that is verified without a buffer of the caller, in bytes.</summary>
    public const int UsualSize = 2048;

    // 32 and 48 bytes are those of SHA-256 and SHA-384, which the Open Profile allows and devices use.
    private const int ShortestHash = 32, MiddleHash = 48;

    private readonly DiceClaims _claims;

    private DiceCertificate(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature, DiceClaims claims, DicePublicKey key)
    {
        Algorithm = algorithm;
        Header = header;
        Payload = payload;
        Signature = signature;
        _claims = claims;
        SubjectKey = key;
    }

    /// <summary>The algorithm of the signature.</summary>
    public DiceKeyAlgorithm Algorithm { get; }

    /// <summary>The signature.</summary>
    public ReadOnlySpan<byte> Signature { get; }

    /// <summary>The id of the key that signed, in hexadecimal.</summary>
    public ReadOnlySpan<byte> Issuer => _claims.Issuer;

    /// <summary>The id of the subject's key, in hexadecimal.</summary>
    public ReadOnlySpan<byte> Subject => _claims.Subject;

    /// <summary>The hash of the code; empty when there is none.</summary>
    public ReadOnlySpan<byte> CodeHash => _claims.CodeHash;

    /// <summary>More about the code; empty when there is nothing.</summary>
    public ReadOnlySpan<byte> CodeDescriptor => _claims.CodeDescriptor;

    /// <summary>The configuration descriptor; the inline configuration when <see cref="ConfigurationHash"/> is empty.</summary>
    public ReadOnlySpan<byte> Configuration => _claims.Configuration;

    /// <summary>The hash of the configuration descriptor; empty for an inline configuration.</summary>
    public ReadOnlySpan<byte> ConfigurationHash => _claims.ConfigurationHash;

    /// <summary>The hash of whose keys vouch for the code; empty when there is none.</summary>
    public ReadOnlySpan<byte> AuthorityHash => _claims.AuthorityHash;

    /// <summary>More about the authority; empty when there is nothing.</summary>
    public ReadOnlySpan<byte> AuthorityDescriptor => _claims.AuthorityDescriptor;

    /// <summary>The state that the subject runs in.</summary>
    public DiceMode Mode => _claims.Mode;

    /// <summary>The subject's key.</summary>
    public DicePublicKey SubjectKey { get; }

    /// <summary>Whether the subject's key may sign certificates.</summary>
    public bool MaySign => (_claims.KeyUsage[0] & DiceFormat.KeyUsageCertificateSign) != 0;

    /// <summary>The profile's name; empty when there is none.</summary>
    public ReadOnlySpan<byte> ProfileName => _claims.ProfileName;

    /// <summary>The protected header.</summary>
    internal ReadOnlySpan<byte> Header { get; }

    /// <summary>The claims as they are encoded.</summary>
    internal ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads a certificate. What it says is well formed; whether it is true is for <see cref="Verify"/> to find out.</summary>
    /// <param name="encoded">The certificate and nothing else.</param>
    /// <param name="certificate">The certificate, when no error is returned.</param>
    public static DiceError Read(ReadOnlySpan<byte> encoded, out DiceCertificate certificate)
    {
        certificate = default;
        var reader = new CborReader(encoded);
        if (!reader.TryReadArray(out int items))
        {
            return DiceCbor.Error(reader);
        }

        if (items != CoseFormat.SignItems)
        {
            return DiceError.WrongStructure;
        }

        if (!reader.TryReadBytes(out ReadOnlySpan<byte> header)
            || !reader.TryReadMap(out int unprotected)
            || unprotected != 0
            || !reader.TryReadBytes(out ReadOnlySpan<byte> payload)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> signature)
            || !reader.TryEnd())
        {
            return reader.Error == CborError.None ? DiceError.WrongStructure : DiceCbor.Error(reader);
        }

        DiceError error = ReadHeader(header, out DiceKeyAlgorithm algorithm);
        if (error == DiceError.None)
        {
            error = DiceClaims.Read(payload, out DiceClaims claims);
            if (error == DiceError.None)
            {
                error = CheckClaims(claims, out DicePublicKey key);
                certificate = new DiceCertificate(algorithm, header, payload, signature, claims, key);
            }
        }

        return error;
    }

    /// <summary>Verifies the certificate with the key that should have signed it.</summary>
    /// <param name="issuer">The key.</param>
    /// <param name="scratch">Room for the signed form: the certificate's size is enough.</param>
    public DiceError Verify<TKeys, TCryptography>(in DicePublicKey issuer, Span<byte> scratch)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        if (Algorithm != issuer.Algorithm)
        {
            return DiceError.AlgorithmMismatch;
        }

        if (!DiceId.Matches<TCryptography>(issuer, Issuer))
        {
            return DiceError.IssuerMismatch;
        }

        if (!DiceId.Matches<TCryptography>(SubjectKey, Subject))
        {
            return DiceError.SubjectMismatch;
        }

        if (!IsConfigurationHashed<TCryptography>())
        {
            return DiceError.ConfigurationMismatch;
        }

        var signed = new CborWriter(scratch);
        WriteSignedHead(ref signed, Header);
        signed.WriteBytes(Payload);
        if (signed.Overflowed)
        {
            return DiceError.CertificateTooLarge;
        }

        Span<byte> key = stackalloc byte[DicePublicKey.MaximumSize];
        return TKeys.Verify(Algorithm, key[..issuer.CopyTo(key)], signed.Written, Signature) ? DiceError.None : DiceError.WrongSignature;
    }

    /// <summary>Writes what is signed, up to the payload (RFC 9052, 4.4: Sig_structure).</summary>
    internal static void WriteSignedHead(ref CborWriter writer, scoped ReadOnlySpan<byte> header)
    {
        writer.WriteArray(CoseFormat.SignItems);
        writer.WriteText(CoseFormat.SignatureContext);
        writer.WriteBytes(header);
        writer.WriteBytes(default(ReadOnlySpan<byte>));
    }

    private static DiceError ReadHeader(ReadOnlySpan<byte> header, out DiceKeyAlgorithm algorithm)
    {
        algorithm = DiceKeyAlgorithm.None;
        var reader = new CborReader(header);
        if (!reader.TryReadMap(out int entries) || entries != 1 || !reader.TryReadInteger(out long key) || key != CoseFormat.HeaderAlgorithm
            || !reader.TryReadInteger(out long value) || !reader.TryEnd())
        {
            return reader.Error == CborError.None ? DiceError.WrongStructure : DiceCbor.Error(reader);
        }

        if (value is not ((long)DiceKeyAlgorithm.Ed25519 or (long)DiceKeyAlgorithm.P256 or (long)DiceKeyAlgorithm.P384))
        {
            return DiceError.UnsupportedKey;
        }

        algorithm = (DiceKeyAlgorithm)value;
        return DiceError.None;
    }

    private static DiceError CheckClaims(DiceClaims claims, out DicePublicKey key)
    {
        key = default;
        if (claims.Issuer.IsEmpty || claims.Subject.IsEmpty || claims.KeyUsage.IsEmpty)
        {
            return DiceError.WrongStructure;
        }

        if (!IsHash(claims.CodeHash) || !IsHash(claims.AuthorityHash) || !IsHash(claims.ConfigurationHash))
        {
            return DiceError.WrongHashSize;
        }

        var reader = new CborReader(claims.SubjectKey);
        DiceError error = DicePublicKey.Read(ref reader, out key);
        return error != DiceError.None || reader.TryEnd() ? error : DiceCbor.Error(reader);
    }

    private static bool IsHash(ReadOnlySpan<byte> hash) => hash.Length is 0 or ShortestHash or MiddleHash or DiceFormat.HashSize;

    private bool IsConfigurationHashed<TCryptography>()
        where TCryptography : ICryptography
    {
        if (ConfigurationHash.IsEmpty)
        {
            return true;
        }

        Span<byte> hash = stackalloc byte[DiceFormat.HashSize];
        switch (ConfigurationHash.Length)
        {
            case DiceFormat.HashSize:
                TCryptography.Sha512(Configuration, default, hash);
                break;
            case ShortestHash:
                hash = hash[..ShortestHash];
                TCryptography.Sha256(Configuration, default, hash);
                break;
            default:
                return false; // SHA-384 is not among the primitives.
        }

        return ConfigurationHash.SequenceEqual(hash);
    }
}
