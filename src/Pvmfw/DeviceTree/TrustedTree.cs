using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Looks up properties in a tree from the firmware's own configuration: the debug policy or the VM reference.</summary>
/// <remarks>
/// Either is a plain tree or an overlay: a subnode of the root with a <c>target-path</c> and an <c>__overlay__</c> stands for the nodes that it
/// would add below that path. A malformed one has no properties; the device's boot loader, which wrote it, is trusted.
/// </remarks>
internal readonly ref struct TrustedTree
{
    private readonly FdtReader _tree;
    private readonly bool _isOpen;

    /// <summary>Opens a tree.</summary>
    /// <param name="blob">The blob; may be empty.</param>
    public TrustedTree(ReadOnlySpan<byte> blob) => _isOpen = FdtReader.Open(blob, out _tree).IsNone;

    /// <summary>Finds a property.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="name">The property's name.</param>
    /// <param name="value">Its value in the blob.</param>
    public bool TryGetProperty(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!_isOpen)
        {
            return false;
        }

        if (TryGetBelow(_tree.Root, path, name, out value))
        {
            return true;
        }

        foreach (FdtNodeView fragment in _tree.Root.Children)
        {
            if (fragment.TryGetProperty("target-path"u8, out FdtPropertyView target) && target.TryGetString(out ReadOnlySpan<byte> at)
                && TryCut(path, at, out ReadOnlySpan<byte> rest) && fragment.TryGetChild("__overlay__"u8, out FdtNodeView overlay)
                && TryGetBelow(overlay, rest, name, out value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryGetBelow(FdtNodeView node, scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        while (path.Length > 0)
        {
            path = path[1..];
            int end = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> step = end < 0 ? path : path[..end];
            path = end < 0 ? default : path[end..];
            if (!node.TryGetChild(step, out node))
            {
                return false;
            }
        }

        if (!node.TryGetProperty(name, out FdtPropertyView property))
        {
            return false;
        }

        value = property.Value;
        return true;
    }

    /// <summary>Takes a target's path off the front of a path.</summary>
    private static bool TryCut(ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> target, out ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> front = target.SequenceEqual("/"u8) ? default : target;
        rest = default;
        if (!path.StartsWith(front) || (path.Length > front.Length && path[front.Length] != (byte)'/'))
        {
            return false;
        }

        rest = path[front.Length..];
        return true;
    }
}
