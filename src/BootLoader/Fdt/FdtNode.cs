using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BootLoader.Fdt;

/// <summary>A node of a tree that a host program builds or edits; the order of properties and subnodes is kept.</summary>
public sealed class FdtNode
{
    private readonly List<FdtProperty> _properties = [];
    private readonly List<FdtNode> _children = [];

    internal FdtNode(string name, FdtNode? parent)
    {
        Name = name;
        Parent = parent;
    }

    /// <summary>Name with unit address; empty for the root.</summary>
    public string Name { get; }

    /// <summary>The node above; null for the root and for a node that was removed.</summary>
    public FdtNode? Parent { get; private set; }

    /// <summary>Full path, <c>/</c> for the root.</summary>
    public string Path => Parent is null ? "/" : Parent.Parent is null ? $"/{Name}" : $"{Parent.Path}/{Name}";

    /// <summary>The properties in order.</summary>
    public IReadOnlyList<FdtProperty> Properties => _properties;

    /// <summary>The direct subnodes in order.</summary>
    public IReadOnlyList<FdtNode> Children => _children;

    /// <summary>The number by which other nodes refer to this one (<c>phandle</c>, or the older <c>linux,phandle</c>); null when it has none.</summary>
    public uint? Phandle => GetU32("phandle") ?? GetU32("linux,phandle");

    /// <summary>Adds a subnode after those that are there.</summary>
    /// <exception cref="FdtException">The name is not one, or is taken.</exception>
    public FdtNode AddChild(string name)
    {
        CheckName(name);
        return Child(name) is null ? Append(name) : throw new FdtException($"{Path}: there is a subnode {name} already");
    }

    /// <summary>The subnode of that full name, added when missing.</summary>
    public FdtNode GetOrAddChild(string name) => Child(name) ?? AddChild(name);

    /// <summary>The direct subnode of that full name; null when there is none.</summary>
    public FdtNode? Child(string name) => _children.Find(child => child.Name == name);

    /// <summary>Takes a direct subnode away, with everything below it.</summary>
    public void RemoveChild(FdtNode child)
    {
        if (_children.Remove(child))
        {
            child.Parent = null;
        }
    }

    /// <summary>Finds a property; null when there is none.</summary>
    public FdtProperty? Property(string name) => _properties.Find(property => property.Name == name);

    /// <summary>Whether there is such a property.</summary>
    public bool Has(string name) => Property(name) is not null;

    /// <summary>Takes a property away; false when there was none.</summary>
    public bool Remove(string name) => _properties.RemoveAll(property => property.Name == name) > 0;

    /// <summary>Sets a property to bytes, in place of an older value.</summary>
    public void SetBytes(string name, ReadOnlySpan<byte> value)
    {
        CheckName(name);
        var property = new FdtProperty(name, value.ToArray());
        int index = _properties.FindIndex(existing => existing.Name == name);
        if (index < 0)
        {
            _properties.Add(property);
        }
        else
        {
            _properties[index] = property;
        }
    }

    /// <summary>Sets a property without a value, such as <c>interrupt-controller</c>.</summary>
    public void SetFlag(string name) => SetBytes(name, []);

    /// <summary>Sets a property to 32-bit cells.</summary>
    public void SetU32(string name, params ReadOnlySpan<uint> cells)
    {
        byte[] value = new byte[cells.Length * sizeof(uint)];
        for (int i = 0; i < cells.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(i * sizeof(uint)), cells[i]);
        }

        SetBytes(name, value);
    }

    /// <summary>Sets a property to 64-bit numbers of two cells each.</summary>
    public void SetU64(string name, params ReadOnlySpan<ulong> numbers)
    {
        byte[] value = new byte[numbers.Length * sizeof(ulong)];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(i * sizeof(ulong)), numbers[i]);
        }

        SetBytes(name, value);
    }

    /// <summary>Sets a property to a string, or to a list of them.</summary>
    /// <exception cref="FdtException">A string contains a NUL.</exception>
    public void SetString(string name, params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                throw new FdtException($"{Path}: property {name}: a string cannot contain a NUL");
            }
        }

        SetBytes(name, Encoding.UTF8.GetBytes(string.Join('\0', texts) + '\0'));
    }

    /// <summary>Sets <c>phandle</c>.</summary>
    /// <param name="phandle">A number that no other node of the tree has; not 0 and not 0xffffffff.</param>
    public void SetPhandle(uint phandle) => SetU32("phandle", phandle);

    /// <summary>The property's value as one cell; null when it is missing or of another length.</summary>
    public uint? GetU32(string name) => Property(name) is { Value.Length: sizeof(uint) } found
        ? BinaryPrimitives.ReadUInt32BigEndian(found.Value.Span)
        : null;

    /// <summary>The property's value as one 64-bit number; null when it is missing or of another length.</summary>
    public ulong? GetU64(string name) => Property(name) is { Value.Length: sizeof(ulong) } found
        ? BinaryPrimitives.ReadUInt64BigEndian(found.Value.Span)
        : null;

    /// <summary>The property's value as exactly one string; null when it is missing or something else.</summary>
    public string? GetString(string name) => Property(name) is { Value.Length: > 0 } found && found.Value.Span.IndexOf((byte)0) == found.Value.Length - 1
        ? Encoding.UTF8.GetString(found.Value.Span[..^1])
        : null;

    /// <summary>This node and all below it, each before its subnodes.</summary>
    public IEnumerable<FdtNode> SelfAndDescendants()
    {
        yield return this;
        foreach (FdtNode child in _children)
        {
            foreach (FdtNode node in child.SelfAndDescendants())
            {
                yield return node;
            }
        }
    }

    /// <summary>Adds a subnode whose name is known to be good and free.</summary>
    internal FdtNode Append(string name)
    {
        var child = new FdtNode(name, this);
        _children.Add(child);
        return child;
    }

    /// <summary>Adds a property whose name is known to be good and free.</summary>
    internal void Append(FdtProperty property) => _properties.Add(property);

    private void CheckName([NotNull] string? name)
    {
        if (name is null || !FdtNames.IsValid(Encoding.UTF8.GetBytes(name)))
        {
            throw new FdtException($"{Path}: \"{name}\" is no name: it is empty or has a character outside [a-zA-Z0-9,._+*#?@-]");
        }
    }
}
