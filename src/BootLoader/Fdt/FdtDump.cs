using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace BootLoader.Fdt;

/// <summary>A tree as device tree source, for people and for golden files; <c>dtc -I dts</c> makes the same tree of it.</summary>
/// <remarks>A value's type is not in the tree, so it is guessed as dtc does: printable strings, else 32-bit cells, else bytes.</remarks>
public static class FdtDump
{
    /// <summary>The text of a blob.</summary>
    /// <exception cref="FdtException">The blob is damaged.</exception>
    public static string ToText(ReadOnlySpan<byte> blob) => ToText(FdtTree.Parse(blob));

    /// <summary>The text of a tree: tabs for depth, <c>\n</c> at each line's end.</summary>
    public static string ToText(FdtTree tree)
    {
        var text = new StringBuilder("/dts-v1/;\n");
        foreach (FdtReservation reservation in tree.Reservations)
        {
            text.Append(CultureInfo.InvariantCulture, $"/memreserve/ 0x{reservation.Address:x16} 0x{reservation.Size:x16};\n");
        }

        text.Append('\n');
        WriteNode(text, tree.Root, 0);
        return text.ToString();
    }

    /// <summary>One value as source, such as <c>&lt;0x1 0x2&gt;</c>; for messages.</summary>
    internal static string ValueText(ReadOnlySpan<byte> value)
    {
        var text = new StringBuilder();
        WriteValue(text, value);
        return text.Length == 0 ? "a flag" : text.ToString();
    }

    private static void WriteNode(StringBuilder text, FdtNode node, int depth)
    {
        text.Append('\t', depth).Append(node.Parent is null ? "/" : node.Name).Append(" {\n");
        foreach (FdtProperty property in node.Properties)
        {
            text.Append('\t', depth + 1).Append(property.Name).Append(property.Value.IsEmpty ? "" : " = ");
            WriteValue(text, property.Value.Span);
            text.Append(";\n");
        }

        for (int i = 0; i < node.Children.Count; i++)
        {
            text.Append(i > 0 || node.Properties.Count > 0 ? "\n" : "");
            WriteNode(text, node.Children[i], depth + 1);
        }

        text.Append('\t', depth).Append("};\n");
    }

    private static void WriteValue(StringBuilder text, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return;
        }

        if (IsText(value))
        {
            WriteStrings(text, value);
        }
        else if (value.Length % sizeof(uint) == 0)
        {
            text.Append('<');
            for (int i = 0; i < value.Length; i += sizeof(uint))
            {
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : " ")}0x{BinaryPrimitives.ReadUInt32BigEndian(value[i..]):x}");
            }

            text.Append('>');
        }
        else
        {
            text.Append('[');
            for (int i = 0; i < value.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : " ")}{value[i]:x2}");
            }

            text.Append(']');
        }
    }

    /// <summary>Printable strings, none empty, the last one terminated.</summary>
    private static bool IsText(ReadOnlySpan<byte> value)
    {
        bool afterTerminator = true;
        foreach (byte c in value)
        {
            if (c == 0 ? afterTerminator : c is < 0x20 or > 0x7e)
            {
                return false;
            }

            afterTerminator = c == 0;
        }

        return afterTerminator;
    }

    private static void WriteStrings(StringBuilder text, ReadOnlySpan<byte> value)
    {
        text.Append('"');
        foreach (byte c in value[..^1])
        {
            text.Append(c switch
            {
                0 => "\", \"",
                (byte)'"' => "\\\"",
                (byte)'\\' => "\\\\",
                _ => ((char)c).ToString(),
            });
        }

        text.Append('"');
    }
}
