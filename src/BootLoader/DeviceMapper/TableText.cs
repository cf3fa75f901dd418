namespace BootLoader.DeviceMapper;

/// <summary>Words with a blank between them, in a caller's buffer.</summary>
internal ref struct TableText
{
    private const int MostDigits = 20;

    private readonly Span<byte> _output;
    private int _length;
    private bool _overflowed;

    public TableText(Span<byte> output)
    {
        _output = output;
        _length = 0;
        _overflowed = false;
    }

    /// <summary>The bytes so far; 0 when they did not fit.</summary>
    public readonly int Length => _overflowed ? 0 : _length;

    public void Append(scoped ReadOnlySpan<byte> word)
    {
        Span<byte> place = Reserve(word.Length);
        if (place.Length == word.Length)
        {
            word.CopyTo(place);
        }
    }

    public void AppendNumber(ulong value)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        int start = MostDigits;
        do
        {
            start--;
            digits[start] = (byte)('0' + (int)(value % 10));
            value /= 10;
        }
        while (value != 0);
        Append(digits[start..]);
    }

    public void AppendHexadecimal(ReadOnlySpan<byte> bytes)
    {
        Span<byte> place = Reserve(2 * bytes.Length);
        for (int i = 0; 2 * i < place.Length; i++)
        {
            place[2 * i] = Digit(bytes[i] >> 4);
            place[(2 * i) + 1] = Digit(bytes[i] & 15);
        }
    }

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' - 10 + value);

    /// <summary>The place of a word, behind a blank if it is not the first; empty when it does not fit.</summary>
    private Span<byte> Reserve(int size)
    {
        int start = _length == 0 ? 0 : _length + 1;
        if (_overflowed || size > _output.Length - start)
        {
            _overflowed = true;
            return default;
        }

        if (_length != 0)
        {
            _output[_length] = (byte)' ';
        }

        _length = start + size;
        return _output.Slice(start, size);
    }
}
