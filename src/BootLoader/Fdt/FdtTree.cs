using System.Text;

namespace BootLoader.Fdt;

/// <summary>A device tree that a host program builds, or reads, edits and writes.</summary>
public sealed class FdtTree
{
    private readonly List<FdtReservation> _reservations = [];

    /// <summary>The root node.</summary>
    public FdtNode Root { get; } = new("", null);

    /// <summary>Memory reservations (the block, not <c>/reserved-memory</c>).</summary>
    public IList<FdtReservation> Reservations => _reservations;

    /// <summary>Physical id (<c>reg</c>) of the boot CPU.</summary>
    public uint BootCpuId { get; set; }

    /// <summary>The largest phandle in the tree; 0 when there is none.</summary>
    public uint MaxPhandle => Root.SelfAndDescendants().Max(node => node.Phandle ?? 0);

    /// <summary>Reads a blob.</summary>
    /// <exception cref="FdtException">The blob is damaged, or a node has two properties or subnodes of one name.</exception>
    public static FdtTree Parse(ReadOnlySpan<byte> blob)
    {
        FdtFault fault = FdtReader.Open(blob, out FdtReader reader);
        if (!fault.IsNone)
        {
            throw new FdtException(fault, blob.Length);
        }

        var tree = new FdtTree { BootCpuId = reader.BootCpuId };
        for (int i = 0; i < reader.ReservationCount; i++)
        {
            tree._reservations.Add(reader.Reservation(i));
        }

        ReadNode(reader.Root, tree.Root);
        return tree;
    }

    /// <summary>Finds a node; null when there is none.</summary>
    /// <param name="path">
    /// A full path such as <c>/cpus/cpu@0</c>, or one that starts with a name from <c>/aliases</c>. As in libfdt, a component without unit
    /// address also names the first node that has one.
    /// </param>
    public FdtNode? Find(string path)
    {
        FdtNode? node = Root;
        if (!path.StartsWith('/'))
        {
            int slash = path.IndexOf('/', StringComparison.Ordinal);
            string alias = slash < 0 ? path : path[..slash];
            path = slash < 0 ? "" : path[slash..];
            string? target = Root.Child("aliases")?.GetString(alias);
            node = target?.StartsWith('/') == true ? Find(target) : null;
        }

        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node?.Child(name) ?? node?.Children.FirstOrDefault(child => MatchesWithoutAddress(child.Name, name));
        }

        return node;
    }

    /// <summary>The node with that phandle; null when there is none.</summary>
    public FdtNode? FindByPhandle(uint phandle) => Root.SelfAndDescendants().FirstOrDefault(node => node.Phandle == phandle);

    /// <summary>Writes the tree as a blob of version 17.</summary>
    /// <exception cref="FdtException">It is larger than <see cref="FdtFormat.FDT_MAX_SIZE"/>, nested too deep, or two nodes have one phandle.</exception>
    public byte[] ToBlob()
    {
        byte[] destination = new byte[Math.Min(UpperBound(), FdtFormat.FDT_MAX_SIZE)];
        return destination[..WriteTo(destination)];
    }

    /// <summary>Writes the tree as a blob of version 17, for example straight into guest memory.</summary>
    /// <param name="destination">Where it goes. All of it may be written to.</param>
    /// <returns>The blob's length in bytes.</returns>
    /// <exception cref="FdtException">As for <see cref="ToBlob"/>, or <paramref name="destination"/> is too small.</exception>
    public int WriteTo(Span<byte> destination)
    {
        CheckPhandles();
        var writer = new FdtWriter(destination, BootCpuId, findDuplicates: false);
        foreach (FdtReservation reservation in _reservations)
        {
            writer.Reserve(reservation.Address, reservation.Size);
        }

        WriteNode(ref writer, Root);
        FdtFault fault = writer.Finish(out int length);
        return fault.IsNone ? length : throw new FdtException(fault, destination.Length);
    }

    internal static bool MatchesWithoutAddress(string node, string wanted) =>
        node.Length > wanted.Length && node[wanted.Length] == '@' && node.StartsWith(wanted, StringComparison.Ordinal);

    private static void ReadNode(FdtNodeView from, FdtNode to)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (FdtPropertyView property in from.Properties)
        {
            string name = Encoding.UTF8.GetString(property.Name);
            to.Append(names.Add(name)
                ? new FdtProperty(name, property.Value.ToArray())
                : throw new FdtException($"device tree blob: {to.Path} has the property {name} twice"));
        }

        names.Clear();
        foreach (FdtNodeView child in from.Children)
        {
            string name = Encoding.UTF8.GetString(child.Name);
            ReadNode(child, to.Append(names.Add(name)
                ? name
                : throw new FdtException($"device tree blob: {to.Path} has the subnode {name} twice")));
        }
    }

    private static void WriteNode(ref FdtWriter writer, FdtNode node)
    {
        writer.BeginNode(Encoding.UTF8.GetBytes(node.Name));
        foreach (FdtProperty property in node.Properties)
        {
            writer.Property(Encoding.UTF8.GetBytes(property.Name), property.Value.Span);
        }

        foreach (FdtNode child in node.Children)
        {
            WriteNode(ref writer, child);
        }

        writer.EndNode();
    }

    private void CheckPhandles()
    {
        var seen = new Dictionary<uint, FdtNode>();
        foreach (FdtNode node in Root.SelfAndDescendants())
        {
            if (node.Phandle is not { } phandle)
            {
                continue;
            }

            if (phandle is 0 or uint.MaxValue)
            {
                throw new FdtException($"{node.Path}: phandle 0x{phandle:x} is reserved");
            }

            if (!seen.TryAdd(phandle, node))
            {
                throw new FdtException($"{node.Path}: phandle 0x{phandle:x} is that of {seen[phandle].Path} already");
            }
        }
    }

    private int UpperBound()
    {
        long size = FdtFormat.FDT_V17_SIZE + ((_reservations.Count + 1L) * FdtFormat.FDT_RESERVE_ENTRY_SIZE) + sizeof(uint);
        foreach (FdtNode node in Root.SelfAndDescendants())
        {
            size += 8 + FdtFormat.AlignToToken(node.Name.Length + 1L);
            foreach (FdtProperty property in node.Properties)
            {
                size += 12 + FdtFormat.AlignToToken(property.Value.Length) + property.Name.Length + 1;
            }
        }

        return (int)Math.Min(size, int.MaxValue);
    }
}
