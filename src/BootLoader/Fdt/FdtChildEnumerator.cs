namespace BootLoader.Fdt;

/// <summary>Walks the direct subnodes of one node.</summary>
public ref struct FdtChildEnumerator
{
    private readonly ReadOnlySpan<byte> _structure;
    private readonly ReadOnlySpan<byte> _strings;
    private FdtCursor _cursor;
    private bool _inChild;

    internal FdtChildEnumerator(ReadOnlySpan<byte> structure, ReadOnlySpan<byte> strings, int content)
    {
        _structure = structure;
        _strings = strings;
        _cursor = new FdtCursor(structure, content);
    }

    /// <summary>The subnode at which the walk is.</summary>
    public readonly FdtNodeView Current => new(_structure, _strings, _cursor.NodeName, _cursor.Next);

    /// <summary>For <c>foreach</c>.</summary>
    public readonly FdtChildEnumerator GetEnumerator() => this;

    /// <summary>Steps to the next subnode; false after the last.</summary>
    public bool MoveNext()
    {
        if (_inChild && !_cursor.SkipNode())
        {
            return false;
        }

        do
        {
            if (!_cursor.Read())
            {
                return false;
            }
        }
        while (_cursor.Token == FdtFormat.FDT_PROP);

        _inChild = _cursor.Token == FdtFormat.FDT_BEGIN_NODE;
        return _inChild;
    }
}
