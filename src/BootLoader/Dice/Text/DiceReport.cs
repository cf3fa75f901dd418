using System.Text;
using BootLoader.Cryptography;
using BootLoader.Dice.Host;

namespace BootLoader.Dice.Text;

/// <summary>A hand-over or a chain, read, verified and put into words. The secrets of a hand-over are not in it.</summary>
public sealed record DiceReport
{
    /// <summary>Whether this is a hand-over, with both CDIs, and not only a chain.</summary>
    public required bool IsHandover { get; init; }

    /// <summary>The zeros that follow, in bytes: a hand-over may lie in a larger region.</summary>
    public int Padding { get; init; }

    /// <summary>The key that signed the first certificate; null when there is no chain.</summary>
    public DiceKeyReport? RootKey { get; init; }

    /// <summary>The certificates from the root's on.</summary>
    public required IReadOnlyList<DiceCertificateReport> Certificates { get; init; }

    /// <summary>Whether the last key is the one that belongs to CDI_Attest; null when there is no hand-over or no chain.</summary>
    public bool? LeafKeyIsOfCdi { get; init; }

    /// <summary>Whether everything is right.</summary>
    public bool Verified => LeafKeyIsOfCdi != false && Certificates.All(certificate => certificate.Verified);

    /// <summary>Reads and verifies a hand-over or a chain.</summary>
    /// <param name="bytes">The file's content: a hand-over, zeros behind it allowed, or a chain.</param>
    /// <exception cref="DiceTextException">It is neither, or not well formed.</exception>
    public static DiceReport Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new Cbor.CborReader(bytes);
        if (reader.TryPeekType(out Cbor.CborMajorType type) && type == Cbor.CborMajorType.Array)
        {
            return OfChain(OpenChain(bytes), isHandover: false);
        }

        DiceError error = DiceHandover.ReadPrefix(bytes, out DiceHandover handover, out int size);
        if (error == DiceError.None && bytes[size..].ContainsAnyExcept((byte)0))
        {
            error = DiceError.TrailingBytes;
        }

        if (error != DiceError.None)
        {
            throw new DiceTextException($"the hand-over {DiceNames.Of(error)}");
        }

        int padding = bytes.Length - size;
        if (handover.Chain.IsEmpty)
        {
            return new DiceReport { IsHandover = true, Padding = padding, Certificates = [] };
        }

        DiceChain chain = OpenChain(handover.Chain);
        return OfChain(chain, isHandover: true) with { Padding = padding, LeafKeyIsOfCdi = IsLeafOfCdi(chain.LeafKey, handover.CdiAttest) };
    }

    private static DiceChain OpenChain(ReadOnlySpan<byte> encoded)
    {
        DiceFault fault = DiceChain.Open(encoded, out DiceChain chain);
        return fault.IsNone ? chain : throw new DiceTextException($"{(fault.Index == 0 ? "the chain" : $"certificate {fault.Index} of the chain")} {DiceNames.Of(fault.Error)}");
    }

    private static DiceReport OfChain(DiceChain chain, bool isHandover)
    {
        byte[] scratch = new byte[chain.Encoded.Length + 64];
        var certificates = new List<DiceCertificateReport>();
        DicePublicKey issuer = chain.RootKey;
        foreach (DiceCertificate certificate in chain)
        {
            DiceError error = certificate.Verify<HostDiceKeys, HostCryptography>(issuer, scratch);
            certificates.Add(OfCertificate(certificate, error));
            issuer = certificate.SubjectKey;
        }

        return new DiceReport { IsHandover = isHandover, RootKey = OfKey(chain.RootKey), Certificates = certificates };
    }

    private static DiceCertificateReport OfCertificate(DiceCertificate certificate, DiceError error) => new()
    {
        Issuer = Encoding.UTF8.GetString(certificate.Issuer),
        Subject = Encoding.UTF8.GetString(certificate.Subject),
        SubjectKey = OfKey(certificate.SubjectKey),
        Algorithm = DiceNames.Of(certificate.Algorithm),
        Mode = DiceNames.Of(certificate.Mode),
        Profile = certificate.ProfileName.IsEmpty ? null : Encoding.UTF8.GetString(certificate.ProfileName),
        CodeHash = Hex(certificate.CodeHash),
        CodeDescriptor = Hex(certificate.CodeDescriptor),
        Component = certificate.ConfigurationHash.IsEmpty ? null : DiceComponentReport.TryRead(certificate.Configuration),
        Configuration = Hex(certificate.Configuration),
        ConfigurationHash = Hex(certificate.ConfigurationHash),
        AuthorityHash = Hex(certificate.AuthorityHash),
        AuthorityDescriptor = Hex(certificate.AuthorityDescriptor),
        Verified = error == DiceError.None,
        Fault = error == DiceError.None ? null : DiceNames.Of(error),
    };

    private static DiceKeyReport OfKey(DicePublicKey key)
    {
        Span<byte> raw = stackalloc byte[DicePublicKey.MaximumSize];
        raw = raw[..key.CopyTo(raw)];
        Span<byte> id = stackalloc byte[DiceFormat.IdTextSize];
        DiceId.Derive<HostCryptography>(raw, id);
        return new DiceKeyReport(DiceNames.Of(key.Algorithm), Encoding.ASCII.GetString(id), Convert.ToHexStringLower(raw));
    }

    private static bool IsLeafOfCdi(DicePublicKey leaf, ReadOnlySpan<byte> attest)
    {
        Span<byte> raw = stackalloc byte[DicePublicKey.MaximumSize];
        return DiceCertificateWriter.TryDerivePublicKey<HostDiceKeys, HostCryptography>(attest, leaf.Algorithm, raw)
            && leaf.Equals(new DicePublicKey(leaf.Algorithm, raw[..DicePublicKey.RawSize(leaf.Algorithm)]));
    }

    private static string? Hex(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Convert.ToHexStringLower(bytes);
}
