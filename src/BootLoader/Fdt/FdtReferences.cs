using System.Buffers.Binary;
using System.Globalization;

namespace BootLoader.Fdt;

/// <summary>The places in an overlay that hold phandles, and the numbers that go there.</summary>
internal static class FdtReferences
{
    /// <summary>Writes the base's phandles to every place that names a label of the base.</summary>
    /// <exception cref="FdtException">Labels are missing in the base (all of them are named), or a place does not exist.</exception>
    public static void ResolveLabels(FdtTree target, FdtTree overlay)
    {
        if (overlay.Root.Child(FdtOverlayNames.Fixups) is not { } fixups)
        {
            return;
        }

        FdtNode? symbols = target.Root.Child(FdtOverlayNames.Symbols);
        string[] missing = [.. fixups.Properties.Select(label => label.Name).Where(label => symbols?.GetString(label) is null)];
        if (missing.Length > 0)
        {
            throw new FdtException($"refers to {string.Join(", ", missing)}, which the device tree that it is applied to does not define");
        }

        foreach (FdtProperty label in fixups.Properties)
        {
            string path = symbols!.GetString(label.Name)!;
            uint phandle = target.Find(path)?.Phandle
                ?? throw new FdtException($"refers to {label.Name}, but {path} in the base is no node with a phandle");
            foreach (string place in label.ToStrings())
            {
                (FdtNode node, string property, uint offset) = ParsePlace(overlay, place);
                Write(node, property, offset, phandle);
            }
        }
    }

    /// <summary>Changes every place that holds a phandle of the overlay itself.</summary>
    /// <param name="overlay">The overlay.</param>
    /// <param name="renumber">From the number that is there to the new one.</param>
    public static void Renumber(FdtTree overlay, Func<uint, uint> renumber)
    {
        foreach ((FdtNode node, string property, uint offset) in Local(overlay))
        {
            Write(node, property, offset, renumber(Read(node, property, offset)));
        }
    }

    /// <summary>Every place that holds a phandle of the overlay itself, and that phandle.</summary>
    public static IEnumerable<(FdtNode Node, uint Phandle)> LocalReferences(FdtTree overlay) =>
        Local(overlay).Select(place => (place.Node, Read(place.Node, place.Property, place.Offset)));

    private static IEnumerable<(FdtNode Node, string Property, uint Offset)> Local(FdtTree overlay) =>
        overlay.Root.Child(FdtOverlayNames.LocalFixups) is { } fixups ? Local(fixups, overlay.Root) : [];

    private static IEnumerable<(FdtNode Node, string Property, uint Offset)> Local(FdtNode fixups, FdtNode node)
    {
        foreach (FdtProperty property in fixups.Properties)
        {
            foreach (uint offset in property.ToU32s())
            {
                yield return (node, property.Name, offset);
            }
        }

        foreach (FdtNode child in fixups.Children)
        {
            FdtNode match = node.Child(child.Name) ?? throw new FdtException($"{child.Path} stands for no node: {node.Path} has no {child.Name}");
            foreach ((FdtNode Node, string Property, uint Offset) place in Local(child, match))
            {
                yield return place;
            }
        }
    }

    private static (FdtNode Node, string Property, uint Offset) ParsePlace(FdtTree overlay, string place)
    {
        string[] parts = place.Split(':');
        return parts.Length == 3 && overlay.Find(parts[0]) is { } node && uint.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint offset)
            ? (node, parts[1], offset)
            : throw new FdtException($"{FdtOverlayNames.Fixups} names the place \"{place}\", which is not in it");
    }

    private static uint Read(FdtNode node, string property, uint offset) => BinaryPrimitives.ReadUInt32BigEndian(Place(node, property, offset).Span[(int)offset..]);

    private static void Write(FdtNode node, string property, uint offset, uint phandle)
    {
        byte[] value = Place(node, property, offset).ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan((int)offset), phandle);
        node.SetBytes(property, value);
    }

    private static ReadOnlyMemory<byte> Place(FdtNode node, string property, uint offset) =>
        node.Property(property) is { } found && (ulong)offset + sizeof(uint) <= (ulong)found.Value.Length
            ? found.Value
            : throw new FdtException($"a reference is said to be at byte {offset} of {node.Path}:{property}, which does not exist");
}
