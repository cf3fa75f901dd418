using System.Globalization;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>
/// The value of a keyed option, checked against its schema: each key known and given once. Typed reads name the option, the key and the
/// position in their errors.
/// </summary>
internal sealed class KeyedOption
{
    private readonly string _option;
    private readonly string _prefix;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    private KeyedOption(string option, string prefix, IReadOnlyList<KeyedItem> items, KeyedSchema schema)
    {
        _option = option;
        _prefix = prefix;
        for (var i = 0; i < items.Count; i++)
        {
            Add(items[i], isFirst: i == 0, schema);
        }
    }

    /// <summary>Parses and checks <paramref name="text"/>.</summary>
    /// <exception cref="InvalidOptionException">Wrong syntax, an unknown key or a key given twice.</exception>
    public static KeyedOption Parse(string option, string text, KeyedSchema schema) =>
        new(option, prefix: "", KeyedParser.Parse(option, text), schema);

    /// <summary>The text of <paramref name="key"/>, or null where it is not given.</summary>
    public string? Text(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        return entry is { IsFlag: false, Item.Value: { Text: { Length: > 0 } text, Items: null } }
            ? text
            : throw Fault(entry.Item, $"{_prefix}{key} needs a value");
    }

    /// <summary>Whether the flag <paramref name="key"/> is set: <c>key</c> or <c>key=true</c>; false where it is not given.</summary>
    public bool Flag(string key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return false;
        }

        return entry switch
        {
            { IsFlag: true } => true,
            { Item.Value: { Text: "true", Items: null } } => true,
            { Item.Value: { Text: "false", Items: null } } => false,
            _ => throw Fault(entry.Item, $"{_prefix}{key} is true or false, not {Show(entry.Item.Value)}"),
        };
    }

    /// <summary>As <see cref="Flag"/>, but null where <paramref name="key"/> is not given.</summary>
    public bool? FlagIfGiven(string key) => _entries.ContainsKey(key) ? Flag(key) : null;

    /// <summary>The number <paramref name="key"/>, decimal or 0x hexadecimal, or null where it is not given.</summary>
    public ulong? Number(string key)
    {
        var text = Text(key);
        if (text is null)
        {
            return null;
        }

        return TryParseNumber(text, out var number)
            ? number
            : throw Fault(_entries[key].Item, $"{_prefix}{key} is a number (decimal or 0x hexadecimal), not '{text}'");
    }

    /// <summary>The value of <paramref name="key"/> as one of <paramref name="choices"/>, or null where it is not given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="choices">The words that are allowed.</param>
    /// <param name="notYet">Words that crosvm allows and vmm does not.</param>
    public T? Choice<T>(string key, IReadOnlyDictionary<string, T> choices, IReadOnlyList<string>? notYet = null)
        where T : struct
    {
        var text = Text(key);
        if (text is null)
        {
            return null;
        }

        if (choices.TryGetValue(text, out var choice))
        {
            return choice;
        }

        throw notYet?.Contains(text) == true
            ? new InvalidOptionException($"{_option}: {_prefix}{key}={text} is a value of crosvm that vmm does not have yet")
            : Fault(_entries[key].Item, $"{_prefix}{key} is {OneOf(choices.Keys)}, not '{text}'{ClosestName.Hint(text, choices.Keys)}");
    }

    /// <summary>The list <paramref name="key"/>, checked against its own schema, or null where it is not given.</summary>
    public KeyedOption? List(string key, KeyedSchema schema)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        return entry.Item.Value is { Text: null, Items: { } items }
            ? new KeyedOption(_option, $"{_prefix}{key}.", items, schema)
            : throw Fault(entry.Item, $"{_prefix}{key} is a list, written {key}=[…]");
    }

    /// <summary>Whether <paramref name="key"/> is given, as a flag or as a list of further keys.</summary>
    /// <param name="key">The key.</param>
    /// <param name="schema">The schema of the list.</param>
    /// <param name="list">The list, or null where the key is a flag or not given.</param>
    public bool FlagOrList(string key, KeyedSchema schema, out KeyedOption? list)
    {
        bool isList = _entries.TryGetValue(key, out var entry) && entry.Item.Value.Items is not null;
        list = isList ? List(key, schema) : null;
        return isList || Flag(key);
    }

    /// <summary>The text of <paramref name="key"/> that a list may follow (<c>kernel[…]</c>), or null where the key is not given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="schema">The schema of the list.</param>
    /// <param name="list">The list, or null where none follows.</param>
    public string? TextAndList(string key, KeyedSchema schema, out KeyedOption? list)
    {
        list = null;
        if (!_entries.TryGetValue(key, out var entry))
        {
            return null;
        }

        if (entry is { IsFlag: true } or { Item.Value.Text: null or "" })
        {
            throw Fault(entry.Item, $"{_prefix}{key} needs a value");
        }

        list = entry.Item.Value.Items is { } items ? new KeyedOption(_option, $"{entry.Item.Value.Text}.", items, schema) : null;
        return entry.Item.Value.Text;
    }

    /// <summary>Reads a decimal or 0x hexadecimal number without sign, spaces or separators.</summary>
    public static bool TryParseNumber(string text, out ulong number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private void Add(KeyedItem item, bool isFirst, KeyedSchema schema)
    {
        var isFirstKey = item.Key is null && isFirst && schema.FirstKey is not null;
        var key = isFirstKey ? schema.FirstKey! : item.Key ?? FlagOf(item);
        if (!schema.Keys.Contains(key, StringComparer.Ordinal))
        {
            throw schema.NotYet.Contains(key)
                ? new InvalidOptionException($"{_option}: {_prefix}{key} is a key of crosvm that vmm does not have yet")
                : Fault(item, $"unknown key '{_prefix}{key}'{ClosestName.Hint(key, schema.Keys)}{Known(schema)}");
        }

        if (!_entries.TryAdd(key, new Entry(item, IsFlag: item.Key is null && !isFirstKey)))
        {
            throw Fault(item, $"{_prefix}{key} is given twice, first at character {_entries[key].Item.Position}");
        }
    }

    private string FlagOf(KeyedItem item) =>
        item.IsBareWord ? item.Value.Text! : throw Fault(item, $"{Show(item.Value)} has no key");

    private static string Known(KeyedSchema schema) => $" (keys: {string.Join(", ", schema.Keys)})";

    private static string Show(KeyedValue value) => value.Items is null ? $"'{value.Text}'" : $"{value.Text}[…]";

    private static string OneOf(IEnumerable<string> words) => string.Join('|', words);

    private InvalidOptionException Fault(KeyedItem item, string what) => new($"{_option}: character {item.Position}: {what}");

    /// <param name="Item">The part as it was written.</param>
    /// <param name="IsFlag">The part is the bare key, without a value.</param>
    private sealed record Entry(KeyedItem Item, bool IsFlag);
}
