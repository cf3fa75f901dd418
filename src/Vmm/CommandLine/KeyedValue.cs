namespace Vmm.CommandLine;

/// <summary>A value in a keyed option: text, a bracketed list, or text followed by a list (<c>kernel[allow-vgic-its]</c>).</summary>
/// <param name="Text">The text with quotes taken off; null when the value is only a list.</param>
/// <param name="Items">The list's parts; null when there is no list.</param>
/// <param name="IsQuoted">The text was quoted, so it is never a flag or a key.</param>
/// <param name="Position">Where the value starts, counted in characters from 1.</param>
internal sealed record KeyedValue(string? Text, IReadOnlyList<KeyedItem>? Items, bool IsQuoted, int Position);
