using BootLoader.Cbor;

namespace BootLoader.Dice;

/// <summary>What the readers of DICE structures do alike.</summary>
internal static class DiceCbor
{
    /// <summary>What a reader's error means for the structure that is read.</summary>
    public static DiceError Error(in CborReader reader) => reader.Error switch
    {
        CborError.WrongType or CborError.TooLarge => DiceError.WrongStructure,
        CborError.TrailingBytes => DiceError.TrailingBytes,
        _ => DiceError.NotCbor,
    };

    /// <summary>Reads a map's key. Those that are no integers, or too large for one, are none that is known: they give 0, which no map here uses.</summary>
    public static bool TryReadKey(ref CborReader reader, out long key)
    {
        key = 0;
        CborReader ahead = reader;
        if (ahead.TryReadInteger(out long value))
        {
            key = value;
            reader = ahead;
            return true;
        }

        return reader.TrySkip();
    }
}
