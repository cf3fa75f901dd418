namespace Vmm.CommandLine;

/// <summary>One comma-separated part of a keyed value: <c>key=value</c>, a bare word, or a bracketed list.</summary>
/// <param name="Key">The key, or null for a part without one.</param>
/// <param name="Value">The value; for a bare word the word itself.</param>
/// <param name="Position">Where the part starts, counted in characters from 1.</param>
internal sealed record KeyedItem(string? Key, KeyedValue Value, int Position)
{
    /// <summary>A part that is nothing but an unquoted word: a flag, or the value of the option's first key.</summary>
    public bool IsBareWord => Key is null && Value is { Text: not null, Items: null, IsQuoted: false };
}
