namespace BootLoader.Fdt;

/// <summary>Merges overlays into a tree, as libfdt's <c>fdt_overlay_apply</c> does.</summary>
/// <remarks>
/// An overlay may change what the tree has. Unlike in libfdt, it may not change what an overlay or fragment before it has set: two that
/// set one property to different values were not made for each other, and the error names both. A node that has a phandle keeps it.
/// </remarks>
/// <param name="target">The tree that is changed. After an error it may hold a part of the overlay that failed.</param>
public sealed class FdtOverlayMerge(FdtTree target)
{
    private readonly Dictionary<(string Path, string Property), (string By, FdtProperty Value)> _set = [];

    /// <summary>Merges one overlay.</summary>
    /// <param name="name">What to call it in messages, such as its file name.</param>
    /// <param name="overlay">The overlay; it is used up.</param>
    /// <param name="labels">
    /// When given, only the nodes behind these labels of the overlay, with what they need, and only these labels; none for an empty list.
    /// </param>
    /// <exception cref="FdtException">It is no overlay, does not fit the tree, or collides with an earlier one.</exception>
    public void Apply(string name, FdtTree overlay, IReadOnlyCollection<string>? labels = null)
    {
        try
        {
            Merge(name, overlay, labels);
        }
        catch (FdtException e)
        {
            throw new FdtException($"overlay {name}: {e.Message}");
        }
    }

    private void Merge(string name, FdtTree overlay, IReadOnlyCollection<string>? labels)
    {
        if (!Fragments(overlay).Any())
        {
            throw new FdtException($"is no overlay: none of its nodes has an {FdtOverlayNames.Overlay}");
        }

        FdtOverlayFilter? filter = labels is null ? null : new FdtOverlayFilter(overlay, labels);
        FdtReferences.ResolveLabels(target, overlay);
        Renumber(overlay);
        filter?.Prune();
        foreach (FdtNode fragment in Fragments(overlay))
        {
            FdtNode into = FindTarget(fragment)
                ?? throw new FdtException($"{fragment.Name} changes {TargetText(fragment)}, which the device tree that it is applied to does not have");
            MergeNode(fragment.Child(FdtOverlayNames.Overlay)!, into, $"{name}, {fragment.Name}");
        }

        MergeSymbols(name, overlay, labels);
        foreach (FdtReservation reservation in overlay.Reservations.Except(target.Reservations).ToArray())
        {
            target.Reservations.Add(reservation);
        }
    }

    private static IEnumerable<FdtNode> Fragments(FdtTree overlay) => overlay.Root.Children.Where(child => child.Child(FdtOverlayNames.Overlay) is not null);

    /// <summary>Moves the overlay's phandles behind those of the tree; a node that falls on one with a phandle takes over that one.</summary>
    private void Renumber(FdtTree overlay)
    {
        uint last = target.MaxPhandle;
        foreach (FdtNode node in overlay.Root.SelfAndDescendants())
        {
            foreach (string property in FdtOverlayNames.Phandle)
            {
                if (node.GetU32(property) is { } old)
                {
                    node.SetU32(property, Move(old, last));
                }
            }
        }

        FdtReferences.Renumber(overlay, old => Move(old, last));
        var kept = new Dictionary<uint, uint>();
        foreach (FdtNode fragment in Fragments(overlay))
        {
            // A target that an earlier fragment will add is not there yet, and has no older phandle to keep.
            if (FindTarget(fragment) is { } into)
            {
                KeepPhandles(fragment.Child(FdtOverlayNames.Overlay)!, into, kept);
            }
        }

        if (kept.Count > 0)
        {
            FdtReferences.Renumber(overlay, moved => kept.GetValueOrDefault(moved, moved));
        }
    }

    private static uint Move(uint phandle, uint last) => phandle != 0 && phandle < uint.MaxValue - last
        ? phandle + last
        : throw new FdtException($"has phandle 0x{phandle:x}, for which there is no number after the base's largest, 0x{last:x}");

    private static void KeepPhandles(FdtNode from, FdtNode into, Dictionary<uint, uint> kept)
    {
        if (from.Phandle is { } moved && into.Phandle is { } old)
        {
            kept[moved] = old;
            foreach (string property in FdtOverlayNames.Phandle)
            {
                from.Remove(property);
            }
        }

        foreach (FdtNode child in from.Children)
        {
            if (Counterpart(into, child.Name) is { } match)
            {
                KeepPhandles(child, match, kept);
            }
        }
    }

    private FdtNode? FindTarget(FdtNode fragment) => fragment.GetU32(FdtOverlayNames.Target) is { } phandle
        ? target.FindByPhandle(phandle)
        : target.Find(fragment.GetString(FdtOverlayNames.TargetPath)
            ?? throw new FdtException($"{fragment.Name} has neither {FdtOverlayNames.Target} nor {FdtOverlayNames.TargetPath}"));

    private static string TargetText(FdtNode fragment) =>
        fragment.GetU32(FdtOverlayNames.Target) is { } phandle ? $"phandle 0x{phandle:x}" : fragment.GetString(FdtOverlayNames.TargetPath)!;

    private static FdtNode? Counterpart(FdtNode parent, string name) =>
        parent.Child(name) ?? parent.Children.FirstOrDefault(child => FdtTree.MatchesWithoutAddress(child.Name, name));

    private void MergeNode(FdtNode from, FdtNode into, string by)
    {
        foreach (FdtProperty property in from.Properties)
        {
            MergeProperty(property, into, by);
        }

        foreach (FdtNode child in from.Children)
        {
            MergeNode(child, Counterpart(into, child.Name) ?? into.AddChild(child.Name), by);
        }
    }

    private void MergeProperty(FdtProperty property, FdtNode into, string by)
    {
        (string Path, string Name) key = (into.Path, property.Name);
        if (_set.TryGetValue(key, out (string By, FdtProperty Value) earlier) && !earlier.Value.Value.Span.SequenceEqual(property.Value.Span))
        {
            throw new FdtException(
                $"overlaps {earlier.By}: {key.Path}:{key.Name} would be {FdtDump.ValueText(property.Value.Span)} and is {FdtDump.ValueText(earlier.Value.Value.Span)}");
        }

        _set[key] = (by, property);
        into.SetBytes(property.Name, property.Value.Span);
    }

    /// <summary>Adds the overlay's labels to the tree's, with the paths that their nodes have there.</summary>
    private void MergeSymbols(string name, FdtTree overlay, IReadOnlyCollection<string>? labels)
    {
        if (overlay.Root.Child(FdtOverlayNames.Symbols) is not { } symbols)
        {
            return;
        }

        foreach (FdtProperty label in symbols.Properties.Where(label => labels is null || labels.Contains(label.Name)))
        {
            string path = symbols.GetString(label.Name) ?? throw new FdtException($"label {label.Name} has no path");
            string[] parts = path.Split('/', 4);

            // As in libfdt, a label of a node that is not merged is no error.
            if (parts is ["", var fragment, FdtOverlayNames.Overlay, ..] && overlay.Root.Child(fragment) is { } node)
            {
                string into = FindTarget(node)?.Path ?? throw new FdtException($"label {label.Name} is in {fragment}, which has no target");
                string below = parts.Length == 4 ? $"{(into == "/" ? "" : into)}/{parts[3]}" : into;
                var holder = new FdtNode(label.Name, null);
                holder.SetString(label.Name, below);
                MergeProperty(holder.Properties[0], target.Root.GetOrAddChild(FdtOverlayNames.Symbols), name);
            }
        }
    }
}
