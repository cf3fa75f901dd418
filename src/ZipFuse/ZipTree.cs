using System.Text;
using BootLoader.Zip;

namespace ZipFuse;

/// <summary>The directories of an archive, made once: those that have no entry of their own as well.</summary>
internal sealed class ZipTree
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<ZipNode> _nodes = [];
    private readonly Dictionary<(ulong Parent, string Name), ZipNode> _byName = [];

    public ZipTree(ZipArchiveReader archive)
    {
        ZipNode root = Add(null, "", null);
        foreach (ZipEntry entry in archive.Entries)
        {
            string[] parts = entry.Name.TrimEnd('/').Split('/');
            ZipNode directory = root;
            foreach (string part in parts[..^1])
            {
                directory = _byName.TryGetValue((directory.Id, part), out ZipNode? known) ? known : Add(directory, part, null);
            }

            // The reader has refused names that two entries have, and files that something lies in.
            if (!_byName.ContainsKey((directory.Id, parts[^1])))
            {
                Add(directory, parts[^1], entry.IsDirectory ? null : entry);
            }
        }
    }

    /// <summary>The nodes; a node's number is its place and one.</summary>
    public int Count => _nodes.Count;

    /// <summary>The node of a number; null when there is none.</summary>
    public ZipNode? Find(ulong id) => id >= FuseFormat.Root && id - FuseFormat.Root < (ulong)_nodes.Count ? _nodes[(int)(id - FuseFormat.Root)] : null;

    /// <summary>What has a name in a directory; null when nothing has.</summary>
    public ZipNode? Find(ZipNode directory, ReadOnlySpan<byte> name)
    {
        try
        {
            return _byName.GetValueOrDefault((directory.Id, s_strict.GetString(name)));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private ZipNode Add(ZipNode? parent, string name, ZipEntry? file)
    {
        var node = new ZipNode((ulong)_nodes.Count + FuseFormat.Root, parent, Encoding.UTF8.GetBytes(name), file);
        _nodes.Add(node);
        if (parent is not null)
        {
            parent.Children.Add(node);
            _byName.Add((parent.Id, name), node);
        }

        return node;
    }
}
