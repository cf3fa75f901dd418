using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>What a layer gets from the one before it: its secrets, and the chain that ends with its certificate (Android Profile for DICE, "DiceHandover").</summary>
public readonly ref struct DiceHandover
{
    /// <summary>A hand-over of the given parts.</summary>
    /// <param name="attest">CDI_Attest, 32 bytes.</param>
    /// <param name="seal">CDI_Seal, 32 bytes.</param>
    /// <param name="chain">The chain's encoding; empty for none.</param>
    public DiceHandover(ReadOnlySpan<byte> attest, ReadOnlySpan<byte> seal, ReadOnlySpan<byte> chain)
    {
        CdiAttest = attest;
        CdiSeal = seal;
        Chain = chain;
    }

    /// <summary>CDI_Attest: the secret that the layer's key pair is derived from.</summary>
    public ReadOnlySpan<byte> CdiAttest { get; }

    /// <summary>CDI_Seal: the secret that stays when the layer's code is updated.</summary>
    public ReadOnlySpan<byte> CdiSeal { get; }

    /// <summary>The chain's encoding, which <see cref="DiceChain.Open"/> reads; empty when there is none.</summary>
    public ReadOnlySpan<byte> Chain { get; }

    /// <summary>Reads a hand-over that takes the whole of a span. The chain is well formed CBOR, but not looked into.</summary>
    /// <param name="bytes">The hand-over and nothing else.</param>
    /// <param name="handover">The hand-over, when no error is returned.</param>
    public static DiceError Read(ReadOnlySpan<byte> bytes, out DiceHandover handover)
    {
        DiceError error = ReadPrefix(bytes, out handover, out int size);
        if (error == DiceError.None && size != bytes.Length)
        {
            handover = default;
            error = DiceError.TrailingBytes;
        }

        return error;
    }

    /// <summary>Reads a hand-over at the beginning of a larger region, as a guest finds it in its memory.</summary>
    /// <param name="region">The region.</param>
    /// <param name="handover">The hand-over, when no error is returned.</param>
    /// <param name="size">Its size, in bytes.</param>
    public static DiceError ReadPrefix(ReadOnlySpan<byte> region, out DiceHandover handover, out int size)
    {
        handover = default;
        size = 0;
        var reader = new CborReader(region);
        if (!reader.TryReadMap(out int count))
        {
            return DiceCbor.Error(reader);
        }

        ReadOnlySpan<byte> chain = default;
        if (count is not (2 or 3)
            || !TryReadKey(ref reader, DiceFormat.HandoverCdiAttest) || !reader.TryReadBytes(out ReadOnlySpan<byte> attest)
            || !TryReadKey(ref reader, DiceFormat.HandoverCdiSeal) || !reader.TryReadBytes(out ReadOnlySpan<byte> seal)
            || (count == 3 && (!TryReadKey(ref reader, DiceFormat.HandoverChain) || !reader.TryReadEncoded(out chain))))
        {
            return reader.Error == CborError.None ? DiceError.WrongStructure : DiceCbor.Error(reader);
        }

        if (attest.Length != DiceFormat.CdiSize || seal.Length != DiceFormat.CdiSize)
        {
            return DiceError.WrongCdiSize;
        }

        handover = new DiceHandover(attest, seal, chain);
        size = reader.Position;
        return DiceError.None;
    }

    /// <summary>Writes the hand-over.</summary>
    /// <param name="output">Takes it; must not overlap its parts.</param>
    /// <param name="written">Its size; 0 when an error is returned.</param>
    public DiceError TryWrite(Span<byte> output, out int written)
    {
        written = 0;
        if (CdiAttest.Length != DiceFormat.CdiSize || CdiSeal.Length != DiceFormat.CdiSize)
        {
            return DiceError.WrongCdiSize;
        }

        var writer = new CborWriter(output);
        WriteHead(ref writer, CdiAttest, CdiSeal, hasChain: !Chain.IsEmpty);
        writer.WriteEncoded(Chain);
        if (writer.Overflowed)
        {
            return DiceError.OutputTooSmall;
        }

        written = (int)writer.Length;
        return DiceError.None;
    }

    /// <summary>Writes all up to the chain.</summary>
    internal static void WriteHead(ref CborWriter writer, scoped ReadOnlySpan<byte> attest, scoped ReadOnlySpan<byte> seal, bool hasChain)
    {
        writer.WriteMap(hasChain ? 3 : 2);
        writer.WriteInteger(DiceFormat.HandoverCdiAttest);
        writer.WriteBytes(attest);
        writer.WriteInteger(DiceFormat.HandoverCdiSeal);
        writer.WriteBytes(seal);
        if (hasChain)
        {
            writer.WriteInteger(DiceFormat.HandoverChain);
        }
    }

    private static bool TryReadKey(ref CborReader reader, long expected) => reader.TryReadInteger(out long key) && key == expected;
}
