namespace BootLoader.Fdt;

/// <summary>Which names nodes and properties may have: the characters that dtc takes, of any length.</summary>
/// <remarks>The specification's limit of 31 characters (section 2.2) is not held by real trees, nor by dtc and Linux.</remarks>
internal static class FdtNames
{
    /// <summary>Whether a name is non-empty and made of <c>[a-zA-Z0-9,._+*#?@-]</c>.</summary>
    public static bool IsValid(ReadOnlySpan<byte> name)
    {
        foreach (byte c in name)
        {
            bool allowed = c is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')
                or (byte)',' or (byte)'.' or (byte)'_' or (byte)'+' or (byte)'*' or (byte)'#' or (byte)'?' or (byte)'@' or (byte)'-';
            if (!allowed)
            {
                return false;
            }
        }

        return name.Length > 0;
    }

    /// <summary>Whether <paramref name="wanted"/> names the node: fully, or without the unit address (<c>pci</c> names <c>pci@10000</c>).</summary>
    public static bool Matches(ReadOnlySpan<byte> node, ReadOnlySpan<byte> wanted) =>
        node.StartsWith(wanted)
        && (node.Length == wanted.Length || (node[wanted.Length] == (byte)'@' && !wanted.Contains((byte)'@')));
}
