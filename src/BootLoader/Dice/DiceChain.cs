using BootLoader.Cbor;
using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>
/// A DICE chain in place: the root's public key, and the certificates of the layers, each signed by the key before it (Android Profile for DICE,
/// "DiceCertChain"). Allocates nothing and throws nothing, so the firmware shares it.
/// </summary>
public readonly ref struct DiceChain
{
    /// <summary>The most certificates of a chain.</summary>
    public const int MaximumCertificates = 32;

    private readonly ReadOnlySpan<byte> _certificates;

    private DiceChain(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> certificates, int count, DicePublicKey root, DicePublicKey leaf, bool hasDebugMode)
    {
        Encoded = encoded;
        _certificates = certificates;
        Count = count;
        RootKey = root;
        LeafKey = leaf;
        HasDebugMode = hasDebugMode;
    }

    /// <summary>The chain as it is encoded.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>The number of certificates.</summary>
    public int Count { get; }

    /// <summary>The key that signed the first certificate.</summary>
    public DicePublicKey RootKey { get; }

    /// <summary>The key of the last certificate's subject.</summary>
    public DicePublicKey LeafKey { get; }

    /// <summary>Whether a layer runs in debug mode.</summary>
    public bool HasDebugMode { get; }

    /// <summary>The root's key and the certificates as they are encoded, without the head of the array.</summary>
    internal ReadOnlySpan<byte> Items => Encoded[HeadSize(Count + 1)..];

    /// <summary>Reads a chain wholly. Everything in it is well formed; signatures and ids are for <see cref="Verify{TCryptography}"/>.</summary>
    /// <param name="encoded">The chain and nothing else.</param>
    /// <param name="chain">The chain; usable only when no fault is returned.</param>
    public static DiceFault Open(ReadOnlySpan<byte> encoded, out DiceChain chain)
    {
        chain = default;
        var reader = new CborReader(encoded);
        if (!reader.TryReadArray(out int items))
        {
            return new DiceFault(DiceCbor.Error(reader), 0);
        }

        if (items is < 2 or > MaximumCertificates + 1)
        {
            return new DiceFault(DiceError.WrongCertificateCount, 0);
        }

        DiceError error = DicePublicKey.Read(ref reader, out DicePublicKey root);
        if (error != DiceError.None)
        {
            return new DiceFault(error, 0);
        }

        int start = reader.Position;
        DicePublicKey leaf = root;
        bool debug = false;
        for (int index = 1; index < items; index++)
        {
            if (!reader.TryReadEncoded(out ReadOnlySpan<byte> item))
            {
                return new DiceFault(DiceCbor.Error(reader), index);
            }

            error = DiceCertificate.Read(item, out DiceCertificate certificate);
            if (error != DiceError.None)
            {
                return new DiceFault(error, index);
            }

            if (index < items - 1 && !certificate.MaySign)
            {
                return new DiceFault(DiceError.KeyUsageForbidsSigning, index);
            }

            leaf = certificate.SubjectKey;
            debug |= certificate.Mode == DiceMode.Debug;
        }

        if (!reader.TryEnd())
        {
            return new DiceFault(DiceCbor.Error(reader), 0);
        }

        chain = new DiceChain(encoded, encoded[start..], items - 1, root, leaf, debug);
        return default;
    }

    /// <summary>The certificates from the root's on.</summary>
    public DiceCertificateEnumerator GetEnumerator() => new(_certificates);

    /// <summary>Verifies every certificate, those of Ed25519 and P-256, with the key before it: signature, ids, configuration hash.</summary>
    public DiceFault Verify<TCryptography>()
        where TCryptography : ICryptography
    {
        Span<byte> scratch = stackalloc byte[DiceCertificate.UsualSize];
        return Verify<DiceKeys<TCryptography>, TCryptography>(scratch);
    }

    /// <summary>Verifies every certificate with the key before it: signature, ids, configuration hash.</summary>
    /// <param name="scratch">Room for a certificate's signed form; the chain's size is enough for all.</param>
    public DiceFault Verify<TKeys, TCryptography>(Span<byte> scratch)
        where TKeys : IDiceKeys
        where TCryptography : ICryptography
    {
        DicePublicKey issuer = RootKey;
        int index = 0;
        foreach (DiceCertificate certificate in this)
        {
            index++;
            DiceError error = certificate.Verify<TKeys, TCryptography>(issuer, scratch);
            if (error != DiceError.None)
            {
                return new DiceFault(error, index);
            }

            issuer = certificate.SubjectKey;
        }

        return index == Count && index > 0 ? default : new DiceFault(DiceError.WrongCertificateCount, 0);
    }

    private static int HeadSize(int items) => items < 24 ? 1 : 2;
}
