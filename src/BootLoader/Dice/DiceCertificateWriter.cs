using BootLoader.Cbor;
using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>Makes certificates, byte for byte as open-dice does: the order of the claims is part of the format.</summary>
public static class DiceCertificateWriter
{
    private const int MaximumHeader = 8;
    private const int MaximumKey = 128;

    /// <summary>Makes the certificate of the next layer, signed with this layer's key.</summary>
    /// <param name="issuerAttest">CDI_Attest of the layer that signs.</param>
    /// <param name="subjectAttest">CDI_Attest of the layer that the certificate is about.</param>
    /// <param name="inputs">What that layer is measured by.</param>
    /// <param name="configuration">That layer's configuration.</param>
    /// <param name="profile">Which keys and which name.</param>
    /// <param name="output">Takes the certificate. What lies behind it in the span may be overwritten.</param>
    /// <param name="written">The certificate's size; 0 when an error is returned.</param>
    public static DiceError TryWrite<TKeys, TCryptography>(
        ReadOnlySpan<byte> issuerAttest,
        ReadOnlySpan<byte> subjectAttest,
        in DiceInputs inputs,
        in DiceConfiguration configuration,
        in DiceProfile profile,
        Span<byte> output,
        out int written)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        written = 0;
        if (issuerAttest.Length != DiceFormat.CdiSize || subjectAttest.Length != DiceFormat.CdiSize)
        {
            return DiceError.WrongCdiSize;
        }

        if (!inputs.IsValid || !configuration.IsValid)
        {
            return inputs.Mode > DiceMode.Recovery ? DiceError.WrongMode : DiceError.WrongHashSize;
        }

        Span<byte> privateKey = stackalloc byte[DicePublicKey.MaximumCoordinate];
        Span<byte> issuer = stackalloc byte[DicePublicKey.MaximumSize];
        Span<byte> subject = stackalloc byte[DicePublicKey.MaximumSize];
        DiceError error = DiceError.KeyDerivationFailed;
        // The subject's private key comes first: the issuer's overwrites it.
        if (TryDeriveKey<TKeys, TCryptography>(subjectAttest, profile.Algorithm, privateKey, subject)
            && TryDeriveKey<TKeys, TCryptography>(issuerAttest, profile.Algorithm, privateKey, issuer))
        {
            int size = DicePublicKey.RawSize(profile.Algorithm);
            error = TrySign<TKeys, TCryptography>(privateKey, issuer[..size], subject[..size], inputs, configuration, profile, output, out written);
        }

        TCryptography.Wipe(privateKey);
        return error;
    }

    /// <summary>Derives the public key that belongs to CDI_Attest.</summary>
    /// <param name="attest">The CDI, 32 bytes.</param>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="publicKey">Takes the key at its beginning: <see cref="DicePublicKey.MaximumSize"/> bytes are enough.</param>
    /// <returns>False when the algorithm is not supported.</returns>
    public static bool TryDerivePublicKey<TKeys, TCryptography>(ReadOnlySpan<byte> attest, DiceKeyAlgorithm algorithm, Span<byte> publicKey)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        Span<byte> privateKey = stackalloc byte[DicePublicKey.MaximumCoordinate];
        bool derived = TryDeriveKey<TKeys, TCryptography>(attest, algorithm, privateKey, publicKey);
        TCryptography.Wipe(privateKey);
        return derived;
    }

    private static bool TryDeriveKey<TKeys, TCryptography>(ReadOnlySpan<byte> attest, DiceKeyAlgorithm algorithm, Span<byte> privateKey, Span<byte> publicKey)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        Span<byte> seed = stackalloc byte[DiceFormat.KeySeedSize];
        DiceCdi.DeriveKeySeed<TCryptography>(attest, seed);
        bool derived = TKeys.TryDerive(algorithm, seed, privateKey, publicKey);
        TCryptography.Wipe(seed);
        return derived;
    }

    private static DiceError TrySign<TKeys, TCryptography>(
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> issuer,
        ReadOnlySpan<byte> subject,
        in DiceInputs inputs,
        in DiceConfiguration configuration,
        in DiceProfile profile,
        Span<byte> output,
        out int written)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        written = 0;
        Span<byte> headerBytes = stackalloc byte[MaximumHeader];
        var header = new CborWriter(headerBytes);
        header.WriteMap(1);
        header.WriteInteger(CoseFormat.HeaderAlgorithm);
        header.WriteInteger((long)profile.Algorithm);

        // A writer over nothing measures the claims, whose length comes before them.
        var measure = new CborWriter(default);
        WriteClaims<TCryptography>(ref measure, issuer, subject, inputs, configuration, profile);
        if (measure.Length > output.Length)
        {
            return DiceError.OutputTooSmall;
        }

        // The signed form is put together where the certificate is to be: both end with header and payload, and it begins with more.
        var signed = new CborWriter(output);
        DiceCertificate.WriteSignedHead(ref signed, header.Written);
        int payloadStart = (int)signed.Length;
        signed.WriteBytesHead((int)measure.Length);
        WriteClaims<TCryptography>(ref signed, issuer, subject, inputs, configuration, profile);
        if (signed.Overflowed)
        {
            return DiceError.OutputTooSmall;
        }

        Span<byte> signatureBytes = stackalloc byte[DicePublicKey.MaximumSignature];
        Span<byte> signature = signatureBytes[..DicePublicKey.SignatureSize(profile.Algorithm)];
        if (!TKeys.TrySign(profile.Algorithm, privateKey, signed.Written, signature))
        {
            return DiceError.KeyDerivationFailed;
        }

        ReadOnlySpan<byte> payload = signed.Written[payloadStart..];
        var certificate = new CborWriter(output);
        certificate.WriteArray(CoseFormat.SignItems);
        certificate.WriteBytes(header.Written);
        certificate.WriteMap(0);
        certificate.WriteEncoded(payload);
        certificate.WriteBytes(signature);
        if (certificate.Overflowed)
        {
            return DiceError.OutputTooSmall;
        }

        written = (int)certificate.Length;
        return DiceError.None;
    }

    private static void WriteClaims<TCryptography>(
        ref CborWriter writer,
        ReadOnlySpan<byte> issuer,
        ReadOnlySpan<byte> subject,
        in DiceInputs inputs,
        in DiceConfiguration configuration,
        in DiceProfile profile)
        where TCryptography : ICryptography
    {
        int optional = (inputs.CodeDescriptor.IsEmpty ? 0 : 1) + (configuration.IsInline ? 0 : 1) + (inputs.AuthorityDescriptor.IsEmpty ? 0 : 1) + (profile.Name.IsEmpty ? 0 : 1);
        writer.WriteMap(8 + optional);
        WriteId<TCryptography>(ref writer, DiceFormat.Issuer, issuer);
        WriteId<TCryptography>(ref writer, DiceFormat.Subject, subject);
        WriteBytes(ref writer, DiceFormat.CodeHash, inputs.CodeHash);
        if (!inputs.CodeDescriptor.IsEmpty)
        {
            WriteBytes(ref writer, DiceFormat.CodeDescriptor, inputs.CodeDescriptor);
        }

        WriteBytes(ref writer, DiceFormat.ConfigurationDescriptor, configuration.Value);
        if (!configuration.IsInline)
        {
            Span<byte> hash = stackalloc byte[DiceFormat.HashSize];
            configuration.CopyInput<TCryptography>(hash);
            WriteBytes(ref writer, DiceFormat.ConfigurationHash, hash);
        }

        WriteBytes(ref writer, DiceFormat.AuthorityHash, inputs.AuthorityHash);
        if (!inputs.AuthorityDescriptor.IsEmpty)
        {
            WriteBytes(ref writer, DiceFormat.AuthorityDescriptor, inputs.AuthorityDescriptor);
        }

        WriteByte(ref writer, DiceFormat.Mode, (byte)inputs.Mode);
        Span<byte> keyBytes = stackalloc byte[MaximumKey];
        var key = new CborWriter(keyBytes);
        DicePublicKey.Write(ref key, new DicePublicKey(profile.Algorithm, subject));
        WriteBytes(ref writer, DiceFormat.SubjectPublicKey, key.Written);
        WriteByte(ref writer, DiceFormat.KeyUsage, DiceFormat.KeyUsageCertificateSign);
        if (!profile.Name.IsEmpty)
        {
            writer.WriteInteger(DiceFormat.ProfileName);
            writer.WriteText(profile.Name);
        }
    }

    private static void WriteId<TCryptography>(ref CborWriter writer, long claim, ReadOnlySpan<byte> key)
        where TCryptography : ICryptography
    {
        Span<byte> text = stackalloc byte[DiceFormat.IdTextSize];
        DiceId.Derive<TCryptography>(key, text);
        writer.WriteInteger(claim);
        writer.WriteText(text);
    }

    private static void WriteBytes(ref CborWriter writer, long claim, scoped ReadOnlySpan<byte> value)
    {
        writer.WriteInteger(claim);
        writer.WriteBytes(value);
    }

    private static void WriteByte(ref CborWriter writer, long claim, byte value)
    {
        writer.WriteInteger(claim);
        Span<byte> place = writer.WriteBytes(1);
        if (!place.IsEmpty)
        {
            place[0] = value;
        }
    }
}
