using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>A public key, read from or written as a COSE_Key (RFC 9052, 7; RFC 9053, 7).</summary>
public readonly ref struct DicePublicKey
{
    /// <summary>The largest coordinate, in bytes: that of P-384.</summary>
    public const int MaximumCoordinate = 48;

    /// <summary>The largest public key, in bytes.</summary>
    public const int MaximumSize = 2 * MaximumCoordinate;

    /// <summary>The largest signature, in bytes.</summary>
    public const int MaximumSignature = 2 * MaximumCoordinate;

    private const int MaximumOperations = 10; // RFC 9052, table 5, has no more.

    /// <summary>A key of its raw form.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="raw">32 bytes of Ed25519, or X and Y.</param>
    public DicePublicKey(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> raw)
        : this(algorithm, raw[..CoordinateSize(algorithm)], raw[CoordinateSize(algorithm)..])
    {
    }

    private DicePublicKey(DiceKeyAlgorithm algorithm, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        Algorithm = algorithm;
        X = x;
        Y = y;
    }

    /// <summary>The algorithm.</summary>
    public DiceKeyAlgorithm Algorithm { get; }

    /// <summary>The whole key of Ed25519, or the x coordinate.</summary>
    public ReadOnlySpan<byte> X { get; }

    /// <summary>The y coordinate; empty for Ed25519.</summary>
    public ReadOnlySpan<byte> Y { get; }

    /// <summary>The raw form's size, in bytes.</summary>
    public int Size => X.Length + Y.Length;

    /// <summary>Size of a coordinate of an algorithm, in bytes; 0 for one that is not known.</summary>
    public static int CoordinateSize(DiceKeyAlgorithm algorithm) => algorithm switch
    {
        DiceKeyAlgorithm.Ed25519 or DiceKeyAlgorithm.P256 => 32,
        DiceKeyAlgorithm.P384 => 48,
        _ => 0,
    };

    /// <summary>Size of the raw form of an algorithm's keys, in bytes; 0 for one that is not known.</summary>
    public static int RawSize(DiceKeyAlgorithm algorithm) => algorithm == DiceKeyAlgorithm.Ed25519 ? CoordinateSize(algorithm) : 2 * CoordinateSize(algorithm);

    /// <summary>Size of a signature of an algorithm, in bytes.</summary>
    public static int SignatureSize(DiceKeyAlgorithm algorithm) => 2 * CoordinateSize(algorithm);

    /// <summary>Copies the raw form.</summary>
    /// <param name="raw">Takes <see cref="Size"/> bytes.</param>
    /// <returns><see cref="Size"/>.</returns>
    public int CopyTo(Span<byte> raw)
    {
        X.CopyTo(raw);
        Y.CopyTo(raw[X.Length..]);
        return Size;
    }

    /// <summary>Whether two keys are the same.</summary>
    public bool Equals(in DicePublicKey other) => Algorithm == other.Algorithm && X.SequenceEqual(other.X) && Y.SequenceEqual(other.Y);

    /// <summary>Writes a COSE_Key.</summary>
    public static void Write(ref CborWriter writer, scoped DicePublicKey key)
    {
        writer.WriteMap(key.Y.IsEmpty ? 5 : 6);
        writer.WriteInteger(CoseFormat.KeyType);
        writer.WriteInteger(key.Y.IsEmpty ? CoseFormat.KeyTypeOctetPair : CoseFormat.KeyTypeCurve);
        writer.WriteInteger(CoseFormat.KeyAlgorithm);
        writer.WriteInteger((long)key.Algorithm);
        writer.WriteInteger(CoseFormat.KeyOperations);
        writer.WriteArray(1);
        writer.WriteInteger(CoseFormat.OperationVerify);
        writer.WriteInteger(CoseFormat.KeyCurve);
        writer.WriteInteger(Curve(key.Algorithm));
        writer.WriteInteger(CoseFormat.KeyX);
        writer.WriteBytes(key.X);
        if (!key.Y.IsEmpty)
        {
            writer.WriteInteger(CoseFormat.KeyY);
            writer.WriteBytes(key.Y);
        }
    }

    /// <summary>Reads a COSE_Key.</summary>
    /// <returns><see cref="DiceError.NotCbor"/>, <see cref="DiceError.WrongStructure"/> or <see cref="DiceError.UnsupportedKey"/> when there is none that can be used.</returns>
    internal static DiceError Read(scoped ref CborReader reader, out DicePublicKey key)
    {
        key = default;
        long type = 0, algorithm = 0, curve = 0;
        bool mayVerify = true;
        ReadOnlySpan<byte> x = default, y = default;
        if (!reader.TryReadMap(out int count))
        {
            return DiceCbor.Error(reader);
        }

        for (int i = 0; i < count; i++)
        {
            if (!DiceCbor.TryReadKey(ref reader, out long label))
            {
                return DiceCbor.Error(reader);
            }

            bool read = label switch
            {
                CoseFormat.KeyType => reader.TryReadInteger(out type),
                CoseFormat.KeyAlgorithm => reader.TryReadInteger(out algorithm),
                CoseFormat.KeyOperations => TryReadOperations(ref reader, out mayVerify),
                CoseFormat.KeyCurve => reader.TryReadInteger(out curve),
                CoseFormat.KeyX => reader.TryReadBytes(out x),
                CoseFormat.KeyY => reader.TryReadBytes(out y),
                _ => false,
            };
            if (!read)
            {
                // Nothing signs the root key, so nothing that is not understood may be in it.
                return reader.Error == CborError.None ? DiceError.UnsupportedKey : DiceCbor.Error(reader);
            }
        }

        DiceKeyAlgorithm known = algorithm switch
        {
            (long)DiceKeyAlgorithm.Ed25519 => DiceKeyAlgorithm.Ed25519,
            (long)DiceKeyAlgorithm.P256 => DiceKeyAlgorithm.P256,
            (long)DiceKeyAlgorithm.P384 => DiceKeyAlgorithm.P384,
            _ => DiceKeyAlgorithm.None,
        };
        bool octets = known == DiceKeyAlgorithm.Ed25519;
        int size = CoordinateSize(known);
        if (size == 0 || !mayVerify || curve != Curve(known) || type != (octets ? CoseFormat.KeyTypeOctetPair : CoseFormat.KeyTypeCurve)
            || x.Length != size || y.Length != (octets ? 0 : size))
        {
            return DiceError.UnsupportedKey;
        }

        key = new DicePublicKey(known, x, y);
        return DiceError.None;
    }

    private static bool TryReadOperations(ref CborReader reader, out bool mayVerify)
    {
        mayVerify = false;
        if (!reader.TryReadArray(out int count))
        {
            return false;
        }

        for (int i = 0; i < count && i < MaximumOperations; i++)
        {
            if (!reader.TryReadInteger(out long operation))
            {
                return false;
            }

            mayVerify |= operation == CoseFormat.OperationVerify;
        }

        mayVerify &= count <= MaximumOperations;
        for (int i = MaximumOperations; i < count; i++)
        {
            if (!reader.TrySkip())
            {
                return false;
            }
        }

        return true;
    }

    private static long Curve(DiceKeyAlgorithm algorithm) => algorithm switch
    {
        DiceKeyAlgorithm.P256 => CoseFormat.CurveP256,
        DiceKeyAlgorithm.P384 => CoseFormat.CurveP384,
        _ => CoseFormat.CurveEd25519,
    };
}
