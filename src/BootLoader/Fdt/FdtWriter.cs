using System.Buffers.Binary;

namespace BootLoader.Fdt;

/// <summary>Writes a flattened device tree of version 17 into the caller's bytes. Allocates nothing and throws nothing, so the firmware shares it.</summary>
/// <remarks>
/// Calls come in the tree's order: reservations, then BeginNode (the root's name is empty), the node's properties, its subnodes, EndNode.
/// The first mistake is kept in <see cref="Fault"/> and later calls do nothing, so it is enough to look at what <see cref="Finish"/> returns.
/// Names collect at the far end of the destination while the tree grows from its start; Finish joins the two.
/// </remarks>
public ref partial struct FdtWriter
{
    private readonly Span<byte> _destination;
    private readonly uint _bootCpuId;
    private readonly bool _findDuplicates;

    // Where each open node's first property or subnode is, the root's first.
    private Levels _contentStarts;
    private int _depth;

    // Where the structure block starts; 0 until the root does.
    private int _structure;

    // The next byte of the growing tree.
    private int _end;

    // Bytes of names at the far end of the destination.
    private int _stringsSize;
    private bool _rootClosed;
    private bool _mayHaveProperty;

    /// <summary>Starts a tree.</summary>
    /// <param name="destination">Where it goes; what is beyond <see cref="FdtFormat.FDT_MAX_SIZE"/> bytes is not used.</param>
    /// <param name="bootCpuId">Physical id (<c>reg</c>) of the boot CPU.</param>
    public FdtWriter(Span<byte> destination, uint bootCpuId = 0)
        : this(destination, bootCpuId, findDuplicates: true)
    {
    }

    /// <summary>As above; a caller that cannot produce duplicate names saves the search for them.</summary>
    internal FdtWriter(Span<byte> destination, uint bootCpuId, bool findDuplicates)
    {
        _destination = destination[..Math.Min(destination.Length, FdtFormat.FDT_MAX_SIZE)];
        _bootCpuId = bootCpuId;
        _findDuplicates = findDuplicates;
        _end = FdtFormat.FDT_V17_SIZE;
    }

    /// <summary>The first thing that went wrong; its offset is where the next byte would have gone.</summary>
    public FdtFault Fault { get; private set; }

    /// <summary>Adds a memory reservation; all of them come before the root node.</summary>
    /// <param name="address">Guest physical address.</param>
    /// <param name="size">Size in bytes; an entry of address 0 and size 0 would end the list and is refused.</param>
    public void Reserve(ulong address, ulong size)
    {
        if (_structure != 0 || (address == 0 && size == 0))
        {
            Fail(FdtError.BadReservations);
            return;
        }

        WriteReservation(address, size);
    }

    /// <summary>Starts a node.</summary>
    /// <param name="name">Name with unit address; empty for the root.</param>
    public void BeginNode(scoped ReadOnlySpan<byte> name)
    {
        if (_structure == 0)
        {
            WriteReservation(0, 0);
            _structure = _end;
        }

        if (_depth == FdtFormat.FDT_MAX_DEPTH)
        {
            Fail(FdtError.TooDeep);
        }
        else if (_depth == 0 ? name.Length != 0 : !FdtNames.IsValid(name))
        {
            Fail(FdtError.BadName);
        }
        else if (_depth == 0 && _rootClosed)
        {
            Fail(FdtError.BadNesting);
        }
        else if (_findDuplicates && _depth > 0 && HasChild(name))
        {
            Fail(FdtError.DuplicateNode);
        }

        long size = 4 + FdtFormat.AlignToToken(name.Length + 1L);
        if (!HasRoom(size))
        {
            return;
        }

        Span<byte> at = Take((int)size);
        BinaryPrimitives.WriteUInt32BigEndian(at, FdtFormat.FDT_BEGIN_NODE);
        name.CopyTo(at[4..]);
        _contentStarts[_depth++] = _end;
        _mayHaveProperty = true;
    }

    /// <summary>Ends the node that was started last.</summary>
    public void EndNode()
    {
        if (_depth == 0)
        {
            Fail(FdtError.BadNesting);
        }

        if (HasRoom(4))
        {
            BinaryPrimitives.WriteUInt32BigEndian(Take(4), FdtFormat.FDT_END_NODE);
            _depth--;
            _rootClosed = _depth == 0;
            _mayHaveProperty = false;
        }
    }

    /// <summary>Adds a property with the given bytes; none make it a flag.</summary>
    public void Property(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value = default) => value.TryCopyTo(PropertySpace(name, value.Length));

    /// <summary>Adds a property of <paramref name="length"/> zero bytes, for the caller to fill before the next call.</summary>
    /// <returns>The value's place; empty after a fault.</returns>
    public Span<byte> PropertySpace(scoped ReadOnlySpan<byte> name, int length)
    {
        if (!_mayHaveProperty)
        {
            Fail(FdtError.BadNesting);
        }
        else if (!FdtNames.IsValid(name))
        {
            Fail(FdtError.BadName);
        }

        // No room for the smallest property means none for this one; it also stops here after a fault.
        if (length < 0 || !HasRoom(12))
        {
            Fail(FdtError.NoSpace);
            return default;
        }

        int distance = Intern(name);
        if (_findDuplicates && Fault.IsNone && HasProperty(distance))
        {
            Fail(FdtError.DuplicateProperty);
        }

        long size = 12 + FdtFormat.AlignToToken(length);
        if (!HasRoom(size))
        {
            return default;
        }

        Span<byte> at = Take((int)size);
        BinaryPrimitives.WriteUInt32BigEndian(at, FdtFormat.FDT_PROP);
        BinaryPrimitives.WriteInt32BigEndian(at[4..], length);
        BinaryPrimitives.WriteInt32BigEndian(at[8..], distance);
        return at.Slice(12, length);
    }

    /// <summary>Ends the tree: after it the blob is complete at the start of the destination.</summary>
    /// <param name="length">The blob's length in bytes; 0 on a fault.</param>
    public FdtFault Finish(out int length)
    {
        length = 0;
        if (_depth != 0 || !_rootClosed)
        {
            Fail(FdtError.BadNesting);
        }

        if (!HasRoom(4))
        {
            return Fault;
        }

        BinaryPrimitives.WriteUInt32BigEndian(Take(4), FdtFormat.FDT_END);
        ResolveNames();
        Span<byte> scratch = _destination[^_stringsSize..];
        scratch.CopyTo(_destination[_end..]);
        length = _end + _stringsSize;
        _destination[Math.Max(length, _destination.Length - _stringsSize)..].Clear();
        WriteHeader(length);
        return default;
    }
}
