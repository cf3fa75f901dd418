using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace BootLoader.Fdt;

/// <content>Where bytes go: room, names, duplicates, header.</content>
public ref partial struct FdtWriter
{
    private void Fail(FdtError error)
    {
        if (Fault.IsNone)
        {
            Fault = new FdtFault(error, _end);
        }
    }

    private bool HasRoom(long size)
    {
        if (size < 0 || size > (long)_destination.Length - _stringsSize - _end)
        {
            Fail(FdtError.NoSpace);
        }

        return Fault.IsNone;
    }

    private Span<byte> Take(int size)
    {
        Span<byte> taken = _destination.Slice(_end, size);
        taken.Clear();
        _end += size;
        return taken;
    }

    private void WriteReservation(ulong address, ulong size)
    {
        if (HasRoom(FdtFormat.FDT_RESERVE_ENTRY_SIZE))
        {
            Span<byte> at = Take(FdtFormat.FDT_RESERVE_ENTRY_SIZE);
            BinaryPrimitives.WriteUInt64BigEndian(at, address);
            BinaryPrimitives.WriteUInt64BigEndian(at[8..], size);
        }
    }

    /// <summary>Stores a name unless it is there, alone or as the tail of another.</summary>
    /// <returns>How far before the end of the destination it starts. It stays true while names are added before it.</returns>
    private int Intern(scoped ReadOnlySpan<byte> name)
    {
        // The match nearest to the end is taken: no later name can come nearer, so equal names always get the same distance.
        Span<byte> strings = _destination[^_stringsSize..];
        for (Span<byte> search = strings; ;)
        {
            int at = search.LastIndexOf(name);
            if (at < 0)
            {
                break;
            }

            if (strings[at + name.Length] == 0)
            {
                return _stringsSize - at;
            }

            search = search[..(at + name.Length - 1)];
        }

        if (HasRoom(name.Length + 1))
        {
            _stringsSize += name.Length + 1;
            Span<byte> at = _destination.Slice(_destination.Length - _stringsSize, name.Length + 1);
            name.CopyTo(at);
            at[^1] = 0;
        }

        return _stringsSize;
    }

    private readonly bool HasProperty(int distance)
    {
        var cursor = new FdtCursor(_destination[.._end], _contentStarts[_depth - 1]);
        while (cursor.Read())
        {
            if (cursor.NameOffset == (uint)distance)
            {
                return true;
            }
        }

        return false;
    }

    private readonly bool HasChild(scoped ReadOnlySpan<byte> name)
    {
        var cursor = new FdtCursor(_destination[.._end], _contentStarts[_depth - 1]);
        while (cursor.Read())
        {
            if (cursor.Token != FdtFormat.FDT_BEGIN_NODE)
            {
                continue;
            }

            if (cursor.NodeName.SequenceEqual(name))
            {
                return true;
            }

            cursor.SkipNode();
        }

        return false;
    }

    /// <summary>Turns every property's distance into an offset from the start of the strings block.</summary>
    private readonly void ResolveNames()
    {
        var cursor = new FdtCursor(_destination[.._end], _structure);
        while (cursor.Read() && cursor.Token != FdtFormat.FDT_END)
        {
            if (cursor.Token == FdtFormat.FDT_PROP)
            {
                BinaryPrimitives.WriteUInt32BigEndian(_destination[(cursor.TokenOffset + 8)..], (uint)_stringsSize - cursor.NameOffset);
            }
        }
    }

    private readonly void WriteHeader(int length)
    {
        Span<byte> header = _destination[..FdtFormat.FDT_V17_SIZE];
        BinaryPrimitives.WriteUInt32BigEndian(header, FdtFormat.FDT_MAGIC);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], length);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], _structure);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], _end);
        BinaryPrimitives.WriteInt32BigEndian(header[16..], FdtFormat.FDT_V17_SIZE);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], FdtFormat.FDT_LAST_SUPPORTED_VERSION);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], FdtFormat.FDT_FIRST_SUPPORTED_VERSION);
        BinaryPrimitives.WriteUInt32BigEndian(header[28..], _bootCpuId);
        BinaryPrimitives.WriteInt32BigEndian(header[32..], _stringsSize);
        BinaryPrimitives.WriteInt32BigEndian(header[36..], _end - _structure);
    }

    [InlineArray(FdtFormat.FDT_MAX_DEPTH)]
    private struct Levels
    {
        private int _first;
    }
}
