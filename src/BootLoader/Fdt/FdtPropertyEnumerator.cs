namespace BootLoader.Fdt;

/// <summary>Walks the properties of one node.</summary>
public ref struct FdtPropertyEnumerator
{
    private readonly ReadOnlySpan<byte> _strings;
    private FdtCursor _cursor;

    internal FdtPropertyEnumerator(ReadOnlySpan<byte> structure, ReadOnlySpan<byte> strings, int content)
    {
        _strings = strings;
        _cursor = new FdtCursor(structure, content);
    }

    /// <summary>The property at which the walk is.</summary>
    public readonly FdtPropertyView Current => new(FdtValidator.Name(_strings, _cursor.NameOffset), _cursor.Value);

    /// <summary>For <c>foreach</c>.</summary>
    public readonly FdtPropertyEnumerator GetEnumerator() => this;

    /// <summary>Steps to the next property; false after the last.</summary>
    public bool MoveNext() => _cursor.Read() && _cursor.Token == FdtFormat.FDT_PROP;
}
