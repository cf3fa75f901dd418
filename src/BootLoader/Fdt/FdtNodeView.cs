namespace BootLoader.Fdt;

/// <summary>A node of a blob that <see cref="FdtReader"/> has checked, read in place.</summary>
public readonly ref struct FdtNodeView
{
    private readonly ReadOnlySpan<byte> _structure;
    private readonly ReadOnlySpan<byte> _strings;
    private readonly int _content;

    internal FdtNodeView(ReadOnlySpan<byte> structure, ReadOnlySpan<byte> strings, ReadOnlySpan<byte> name, int content)
    {
        _structure = structure;
        _strings = strings;
        Name = name;
        _content = content;
    }

    /// <summary>Name with unit address; empty for the root.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The node's properties in the blob's order.</summary>
    public FdtPropertyEnumerator Properties => new(_structure, _strings, _content);

    /// <summary>The node's direct subnodes in the blob's order.</summary>
    public FdtChildEnumerator Children => new(_structure, _strings, _content);

    /// <summary>Finds a property by its exact name.</summary>
    public bool TryGetProperty(scoped ReadOnlySpan<byte> name, out FdtPropertyView property)
    {
        foreach (FdtPropertyView candidate in Properties)
        {
            if (candidate.Name.SequenceEqual(name))
            {
                property = candidate;
                return true;
            }
        }

        property = default;
        return false;
    }

    /// <summary>Finds a direct subnode by its full name or, where none has it, by its name without unit address.</summary>
    public bool TryGetChild(scoped ReadOnlySpan<byte> name, out FdtNodeView child)
    {
        // A caller may pass the variable that holds this node as the result, so that is written last.
        bool found = false;
        FdtNodeView similar = default;
        foreach (FdtNodeView candidate in Children)
        {
            if (candidate.Name.SequenceEqual(name))
            {
                child = candidate;
                return true;
            }

            if (!found && FdtNames.Matches(candidate.Name, name))
            {
                similar = candidate;
                found = true;
            }
        }

        child = similar;
        return found;
    }
}
