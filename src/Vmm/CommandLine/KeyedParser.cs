using System.Text;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>
/// Reads the option syntax of crosvm (its serde_keyvalue): <c>a=b,flag,c=[start=0x10,size=2],d="x, y",kernel[its]</c>. What the keys mean
/// is decided by <see cref="KeyedOption"/>.
/// </summary>
internal ref struct KeyedParser
{
    /// <summary>No option nests deeper than three lists; a limit keeps hostile text from using up the stack.</summary>
    private const int MaxDepth = 8;

    private readonly string _option;
    private readonly ReadOnlySpan<char> _text;
    private int _next;
    private string? _key;

    private KeyedParser(string option, string text)
    {
        _option = option;
        _text = text;
    }

    /// <summary>Splits <paramref name="text"/> into its parts.</summary>
    /// <param name="option">The option's name, for messages.</param>
    /// <param name="text">The whole value as the user wrote it.</param>
    /// <exception cref="InvalidOptionException">The text does not follow the syntax; the message names option and position.</exception>
    public static IReadOnlyList<KeyedItem> Parse(string option, string text)
    {
        var parser = new KeyedParser(option, text);
        var items = parser.ReadList(depth: 0);
        if (items.Count == 0)
        {
            throw new InvalidOptionException($"{option}: the value is empty");
        }

        return items;
    }

    private bool AtEnd => _next == _text.Length;

    private int Position => _next + 1;

    private List<KeyedItem> ReadList(int depth)
    {
        var items = new List<KeyedItem>();
        if (AtEnd || (depth > 0 && _text[_next] == ']'))
        {
            return items;
        }

        while (true)
        {
            items.Add(ReadItem(depth));
            if (AtEnd || (depth > 0 && _text[_next] == ']'))
            {
                return items;
            }

            if (_text[_next] != ',')
            {
                throw Fault(Position, $"'{_text[_next]}' where ',' or the end is expected; quote a value that contains it");
            }

            _next++;
        }
    }

    private KeyedItem ReadItem(int depth)
    {
        var start = Position;
        _key = null;
        if (!AtEnd && _text[_next] is '"' or '\'' or '[')
        {
            return new KeyedItem(null, ReadValue(depth), start);
        }

        var word = ReadWord(stopAtEquals: true);
        if (!AtEnd && _text[_next] == '=')
        {
            if (word.Length == 0)
            {
                throw Fault(start, "a key is missing before '='");
            }

            _next++;
            _key = word;
            return new KeyedItem(word, ReadValue(depth), start);
        }

        if (word.Length == 0)
        {
            throw Fault(start, "a key or a value is missing");
        }

        return new KeyedItem(null, ReadTail(word, depth, start), start);
    }

    private KeyedValue ReadValue(int depth)
    {
        var start = Position;
        if (!AtEnd && _text[_next] is '"' or '\'')
        {
            return new KeyedValue(ReadQuoted(), null, IsQuoted: true, start);
        }

        if (!AtEnd && _text[_next] == '[')
        {
            return new KeyedValue(null, ReadBracket(depth), IsQuoted: false, start);
        }

        return ReadTail(ReadWord(stopAtEquals: false), depth, start);
    }

    private KeyedValue ReadTail(string word, int depth, int start)
    {
        var items = !AtEnd && _text[_next] == '[' ? ReadBracket(depth) : null;
        return new KeyedValue(word, items, IsQuoted: false, start);
    }

    private string ReadWord(bool stopAtEquals)
    {
        var rest = _text[_next..];
        var length = stopAtEquals ? rest.IndexOfAny(",[]=") : rest.IndexOfAny(",[]");
        length = length < 0 ? rest.Length : length;
        _next += length;
        return rest[..length].ToString();
    }

    private List<KeyedItem> ReadBracket(int depth)
    {
        var open = Position;
        var key = _key;
        if (depth == MaxDepth)
        {
            throw Fault(open, $"lists are nested deeper than {MaxDepth}");
        }

        _next++;
        var items = ReadList(depth + 1);
        if (AtEnd)
        {
            throw Fault(open, $"'['{After(key)} has no ']'");
        }

        _next++;
        return items;
    }

    private string ReadQuoted()
    {
        var open = Position;
        var quote = _text[_next++];
        var text = new StringBuilder();
        while (!AtEnd)
        {
            var c = _text[_next++];
            if (c == quote)
            {
                return text.ToString();
            }

            // A backslash takes the next character as it is; before the end it starts nothing, and the quote is open.
            if (c == '\\' && !AtEnd)
            {
                c = _text[_next++];
            }

            text.Append(c);
        }

        throw Fault(open, $"{quote}{After(_key)} is not closed");
    }

    private static string After(string? key) => key is null ? "" : $" after {key}=";

    private readonly InvalidOptionException Fault(int position, string what) => new($"{_option}: character {position}: {what}");
}
