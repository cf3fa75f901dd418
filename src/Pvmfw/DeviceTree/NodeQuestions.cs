using System.Buffers.Binary;
using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>What the rules ask of a node.</summary>
internal static class NodeQuestions
{
    /// <summary>Whether the node's list <c>compatible</c> has this string.</summary>
    public static bool IsCompatible(this scoped FdtNodeView node, scoped ReadOnlySpan<byte> text) =>
        node.TryGetProperty("compatible"u8, out FdtPropertyView property) && property.ListContains(text);

    /// <summary>Whether a property is this one cell.</summary>
    public static bool HasCell(this scoped FdtNodeView node, scoped ReadOnlySpan<byte> name, uint value) =>
        node.TryGetProperty(name, out FdtPropertyView property) && property.TryGetU32(out uint cell) && cell == value;

    /// <summary>Whether <c>reg</c> is this one range of two cells each.</summary>
    public static bool HasReg(this scoped FdtNodeView node, ulong address, ulong size) =>
        node.TryGetRange("reg"u8, out ulong start, out ulong length) && start == address && length == size;

    /// <summary>Reads a property that is one address and one size, two cells each.</summary>
    public static bool TryGetRange(this scoped FdtNodeView node, scoped ReadOnlySpan<byte> name, out ulong address, out ulong size)
    {
        address = 0;
        size = 0;
        if (!node.TryGetProperty(name, out FdtPropertyView property) || property.Value.Length != 2 * sizeof(ulong))
        {
            return false;
        }

        address = BinaryPrimitives.ReadUInt64BigEndian(property.Value);
        size = BinaryPrimitives.ReadUInt64BigEndian(property.Value[sizeof(ulong)..]);
        return true;
    }

    /// <summary>Whether <c>interrupts</c> is this one interrupt.</summary>
    public static bool HasInterrupt(this scoped FdtNodeView node, uint kind, uint number, uint flags)
    {
        if (!node.TryGetProperty("interrupts"u8, out FdtPropertyView property) || property.Value.Length != 3 * sizeof(uint))
        {
            return false;
        }

        return property.TryGetCell(0, out uint first) && first == kind
            && property.TryGetCell(1, out uint second) && second == number
            && property.TryGetCell(2, out uint third) && third == flags;
    }

    /// <summary>Counts the direct subnodes that are compatible with this string, and gives the last.</summary>
    public static int CountCompatible(this FdtNodeView node, scoped ReadOnlySpan<byte> text, out FdtNodeView last)
    {
        int count = 0;
        last = default;
        foreach (FdtNodeView child in node.Children)
        {
            if (child.IsCompatible(text))
            {
                count++;
                last = child;
            }
        }

        return count;
    }

    /// <summary>Whether a node's name without unit address is this.</summary>
    public static bool IsNamed(this scoped FdtNodeView node, scoped ReadOnlySpan<byte> name) =>
        node.Name.StartsWith(name) && (node.Name.Length == name.Length || node.Name[name.Length] == (byte)'@');
}
