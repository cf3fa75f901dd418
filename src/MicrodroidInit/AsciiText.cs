namespace MicrodroidInit;

/// <summary>Text in a caller's buffer. What does not fit is left out: all that is written here is shorter than its buffer, or for people.</summary>
public ref struct AsciiText
{
    private const int MostDigits = 20;

    private readonly Span<byte> _room;
    private int _length;

    /// <summary>Begins with no text.</summary>
    /// <param name="room">Takes it.</param>
    public AsciiText(Span<byte> room)
    {
        _room = room;
        _length = 0;
    }

    /// <summary>What was added.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _room[.._length];

    /// <summary>Adds text.</summary>
    public void Add(scoped ReadOnlySpan<byte> text)
    {
        int count = Math.Min(text.Length, _room.Length - _length);
        text[..count].CopyTo(_room[_length..]);
        _length += count;
    }

    /// <summary>Adds a number in decimal.</summary>
    public void Add(long value)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        int start = MostDigits;
        ulong rest = value < 0 ? 0 - (ulong)value : (ulong)value;
        do
        {
            digits[--start] = (byte)('0' + (int)(rest % 10));
            rest /= 10;
        }
        while (rest != 0);
        if (value < 0)
        {
            Add("-"u8);
        }

        Add(digits[start..]);
    }
}
