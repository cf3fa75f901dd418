namespace BootLoader.Fdt;

/// <summary>Cuts an overlay down to the nodes behind some labels, as crosvm's <c>--device-tree-overlay FILE,filter</c> does.</summary>
/// <remarks>
/// What stays: the nodes that the labels stand for, all below them, the nodes above them, and, in turn, what any of these refers to by
/// phandle inside the overlay. It is found while phandles are as they were read, and cut once nothing refers to what goes.
/// </remarks>
internal sealed class FdtOverlayFilter
{
    private readonly FdtTree _overlay;
    private readonly HashSet<FdtNode> _whole = [];
    private readonly HashSet<FdtNode> _above = [];

    /// <summary>Finds what stays.</summary>
    /// <param name="overlay">The overlay.</param>
    /// <param name="labels">Labels from its <c>__symbols__</c>.</param>
    /// <exception cref="FdtException">A label is not in the overlay.</exception>
    public FdtOverlayFilter(FdtTree overlay, IEnumerable<string> labels)
    {
        _overlay = overlay;
        FdtNode? symbols = overlay.Root.Child(FdtOverlayNames.Symbols);
        ILookup<FdtNode, uint> references = FdtReferences.LocalReferences(overlay).ToLookup(place => place.Node, place => place.Phandle);
        var pending = new Queue<FdtNode>(labels.Select(label => symbols?.GetString(label) is { } path && overlay.Find(path) is { } node
            ? node
            : throw new FdtException($"does not define the label {label} that it is to be cut down to")));
        while (pending.TryDequeue(out FdtNode? node))
        {
            if (!_whole.Add(node))
            {
                continue;
            }

            FdtNode[] ancestors = [.. Ancestors(node)];
            _above.UnionWith(ancestors);
            foreach (uint phandle in node.SelfAndDescendants().Concat(ancestors).SelectMany(user => references[user]))
            {
                pending.Enqueue(overlay.FindByPhandle(phandle) ?? throw new FdtException($"refers to phandle 0x{phandle:x}, which none of its nodes has"));
            }
        }
    }

    /// <summary>Takes everything else out of the fragments.</summary>
    public void Prune()
    {
        foreach (FdtNode fragment in _overlay.Root.Children.Where(child => child.Child(FdtOverlayNames.Overlay) is not null).ToArray())
        {
            Prune(_overlay.Root, fragment);
        }
    }

    private void Prune(FdtNode parent, FdtNode node)
    {
        if (_whole.Contains(node))
        {
            return;
        }

        if (!_above.Contains(node))
        {
            parent.RemoveChild(node);
            return;
        }

        foreach (FdtNode child in node.Children.ToArray())
        {
            Prune(node, child);
        }
    }

    private static IEnumerable<FdtNode> Ancestors(FdtNode node)
    {
        for (FdtNode? above = node.Parent; above is not null; above = above.Parent)
        {
            yield return above;
        }
    }
}
