using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BootLoader.Apk;

/// <summary>A key that signs APKs, with its certificate.</summary>
public sealed class ApkSigningKey : IDisposable
{
    private const string CertificateLabel = "CERTIFICATE";
    private const int FewestRsaBits = 2048;
    private const int NewRsaBits = 3072;

    private readonly RSA? _rsa;
    private readonly ECDsa? _ecdsa;

    private ApkSigningKey(AsymmetricAlgorithm key, byte[]? certificate, string commonName)
    {
        _rsa = key as RSA;
        _ecdsa = key as ECDsa;
        PublicKey = key.ExportSubjectPublicKeyInfo();
        Algorithm = _rsa is not null
            ? _rsa.KeySize > 3072 ? SignatureAlgorithm.RsaPkcs1V15WithSha512 : SignatureAlgorithm.RsaPkcs1V15WithSha256
            : _ecdsa!.KeySize > 256 ? SignatureAlgorithm.EcdsaWithSha512 : SignatureAlgorithm.EcdsaWithSha256;
        IsReproducible = _rsa is not null || certificate is not null;
        Certificate = certificate ?? SelfSign(commonName);
    }

    /// <summary>The certificate, DER.</summary>
    public ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The public key, DER (SubjectPublicKeyInfo).</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The algorithm that signs, chosen as apksigner does by the kind and size of the key.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>
    /// Whether the same key gives the same certificate each time. A certificate that is made here for an EC key has another signature each
    /// time, and so a hash of its own: guests take that for another signer.
    /// </summary>
    public bool IsReproducible { get; }

    /// <summary>Makes an RSA key of 3072 bits with a certificate that it signs itself.</summary>
    /// <param name="commonName">The name in the certificate.</param>
    public static ApkSigningKey Create(string commonName = "Payload") => new(RSA.Create(NewRsaBits), null, commonName);

    /// <summary>Reads a key.</summary>
    /// <param name="keyPem">The text of a PEM file with an RSA or EC private key, not encrypted; a certificate may follow in it.</param>
    /// <param name="certificatePem">The text of a PEM file with the key's certificate; null for the one in <paramref name="keyPem"/>, else one is made that the key signs.</param>
    /// <param name="commonName">The name in a certificate that is made.</param>
    /// <exception cref="ApkException">There is no such key, or the certificate is another key's.</exception>
    public static ApkSigningKey FromPem(string keyPem, string? certificatePem = null, string commonName = "Payload")
    {
        ArgumentNullException.ThrowIfNull(keyPem);
        byte[]? certificate = ReadCertificate(certificatePem ?? keyPem);
        if (certificatePem is not null && certificate is null)
        {
            throw new ApkException("not a PEM file with a certificate");
        }

        AsymmetricAlgorithm key = ReadKey(keyPem);
        try
        {
            var read = new ApkSigningKey(key, certificate, commonName);
            using X509Certificate2 loaded = X509CertificateLoader.LoadCertificate(read.Certificate.Span);
            return loaded.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(read.PublicKey.Span)
                ? read
                : throw new ApkException("the certificate is for another key");
        }
        catch (Exception failure)
        {
            key.Dispose();
            throw failure is CryptographicException ? new ApkException("the key cannot sign; is it only the public half?", failure) : failure;
        }
    }

    /// <summary>The private key as the text of a PEM file (PKCS #8), not encrypted: a secret.</summary>
    public string ToPem() => ((AsymmetricAlgorithm?)_rsa ?? _ecdsa!).ExportPkcs8PrivateKeyPem();

    /// <inheritdoc/>
    public void Dispose()
    {
        _rsa?.Dispose();
        _ecdsa?.Dispose();
    }

    /// <summary>Signs with <see cref="Algorithm"/>.</summary>
    /// <exception cref="ApkException">It is only a public key.</exception>
    internal byte[] Sign(ReadOnlySpan<byte> data)
    {
        HashAlgorithmName hash = SignatureAlgorithms.Hash(Algorithm);
        try
        {
            return _rsa is not null
                ? _rsa.SignData(data.ToArray(), hash, RSASignaturePadding.Pkcs1)
                : _ecdsa!.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException failure)
        {
            throw new ApkException("the key cannot sign; is it only the public half?", failure);
        }
    }

    private static AsymmetricAlgorithm ReadKey(string pem)
    {
        var rsa = RSA.Create();
        var ecdsa = ECDsa.Create();
        foreach (AsymmetricAlgorithm key in (AsymmetricAlgorithm[])[rsa, ecdsa])
        {
            try
            {
                key.ImportFromPem(WithoutCertificates(pem));
            }
            catch (Exception failure) when (failure is ArgumentException or CryptographicException)
            {
                key.Dispose();
                continue;
            }

            (key == rsa ? (AsymmetricAlgorithm)ecdsa : rsa).Dispose();
            if (key == rsa && rsa.KeySize < FewestRsaBits)
            {
                int bits = rsa.KeySize;
                rsa.Dispose();
                throw new ApkException($"an RSA key of {bits} bits is too weak to sign: at least {FewestRsaBits} are needed");
            }

            return key;
        }

        throw new ApkException("not a PEM file with an unencrypted RSA or EC private key");
    }

    private static byte[]? ReadCertificate(string pem)
    {
        for (ReadOnlySpan<char> rest = pem; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is CertificateLabel)
            {
                return Convert.FromBase64String(rest[fields.Base64Data].ToString());
            }
        }

        return null;
    }

    private static string WithoutCertificates(string pem)
    {
        while (true)
        {
            int begin = pem.IndexOf($"-----BEGIN {CertificateLabel}-----", StringComparison.Ordinal);
            string last = $"-----END {CertificateLabel}-----";
            int end = begin < 0 ? -1 : pem.IndexOf(last, begin, StringComparison.Ordinal);
            if (end < 0)
            {
                return pem;
            }

            pem = pem.Remove(begin, end + last.Length - begin);
        }
    }

    /// <summary>A certificate that depends on key and name only: its hash says who the signer is, so it must not change from day to day.</summary>
    private byte[] SelfSign(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        X500DistinguishedName subject = name.Build();
        CertificateRequest request = _rsa is not null
            ? new CertificateRequest(subject, _rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, _ecdsa!, HashAlgorithmName.SHA256);
        X509SignatureGenerator generator =
            _rsa is not null ? X509SignatureGenerator.CreateForRSA(_rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa(_ecdsa!);
        byte[] serial = SHA256.HashData(PublicKey.Span)[..sizeof(ulong)];
        // Positive, and not 0.
        BinaryPrimitives.WriteUInt64BigEndian(serial, (BinaryPrimitives.ReadUInt64BigEndian(serial) >> 1) | 1);
        using X509Certificate2 certificate = request.Create(
            subject, generator, new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero), serial);
        return certificate.RawData;
    }
}
