using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <content>How a parcel goes into a message, and comes out of one.</content>
public sealed partial class Parcel
{
    /// <summary>The session that a received parcel came by.</summary>
    private RpcSession? _session;

    /// <summary>The table of objects of a received parcel, which lies in the same buffer: offset and bytes.</summary>
    private int _tableStart;
    private int _tableSize;

    /// <summary>The descriptors to send.</summary>
    internal ReadOnlySpan<FileDescriptor> Descriptors => CollectionsMarshal.AsSpan(_descriptors);

    /// <summary>Bytes of the table of objects in a version.</summary>
    internal int TableSize(uint version) =>
        sizeof(uint) * ((version >= RpcWire.ExplicitParcelSize ? _descriptorPositions?.Count ?? 0 : 0)
            + (version >= RpcWire.BinderPositions ? _binders?.Count ?? 0 : 0));

    /// <summary>Writes the table of objects: their positions, ascending.</summary>
    internal void WriteTable(Span<byte> table, uint version)
    {
        if (table.IsEmpty)
        {
            return;
        }

        List<int> positions = [.. _descriptorPositions ?? []];
        if (version >= RpcWire.BinderPositions)
        {
            foreach ((int position, _) in _binders ?? [])
            {
                positions.Add(position);
            }
        }

        positions.Sort();
        for (int i = 0; i < positions.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(table[(i * sizeof(int))..], positions[i]);
        }
    }

    /// <summary>Counts the objects as sent and writes their addresses in.</summary>
    /// <exception cref="BinderException">Something in it cannot be sent by this session; then nothing is counted.</exception>
    internal void Leave(RpcSession session)
    {
        if (_session is not null)
        {
            throw new BinderException(StatusCode.InvalidOperation, "a parcel that was received cannot be sent: write a new one");
        }

        if (_descriptors is { Count: > 0 })
        {
            session.RequireDescriptors();
            if (_descriptors.Count > StreamConnection.MaxDescriptors)
            {
                throw new BinderException(
                    StatusCode.BadValue, $"a parcel with {_descriptors.Count} descriptors cannot be sent; {StreamConnection.MaxDescriptors} are possible");
            }
        }

        for (int i = 0; _binders is not null && i < _binders.Count; i++)
        {
            (int position, IBinder binder) = _binders[i];
            try
            {
                ulong address = session.Nodes.Leave(binder, session);
                BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_start + position + sizeof(int)), address);
            }
            catch
            {
                Return(session, i);
                throw;
            }
        }
    }

    /// <summary>Takes <see cref="Leave"/> back for a parcel that was not sent after all.</summary>
    internal void Return(RpcSession session) => Return(session, _binders?.Count ?? 0);

    /// <summary>Becomes what was received.</summary>
    /// <param name="session">By which.</param>
    /// <param name="buffer">Of the pool; this parcel's from now on, also when this throws.</param>
    /// <param name="start">Where the data begin in it.</param>
    /// <param name="length">Bytes of data.</param>
    /// <param name="end">Where the table of objects ends, which begins behind the data.</param>
    /// <param name="descriptors">What came along; this parcel's from now on.</param>
    /// <exception cref="RpcProtocolException">The table names what is not there.</exception>
    internal void SetReceived(RpcSession session, byte[] buffer, int start, int length, int end, List<FileDescriptor>? descriptors)
    {
        Clear();
        _buffer = buffer;
        _start = start;
        _length = _limit = length;
        _descriptors = descriptors;
        _session = session;
        long last = -1;
        for (int offset = start + length; offset < end; offset += sizeof(uint))
        {
            uint position = BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(offset));
            if (position <= last || (long)position + RpcWire.DescriptorSize > length)
            {
                throw new RpcProtocolException($"a table of objects names the position {position} behind {last}, in a parcel of {length} bytes");
            }

            last = position;
        }

        // Only now: what a false table names is not to be given back.
        _tableStart = start + length;
        _tableSize = end - _tableStart;
    }

    private void Return(RpcSession session, int count)
    {
        for (int i = 0; i < count; i++)
        {
            session.Nodes.Return(BinaryPrimitives.ReadUInt64LittleEndian(_buffer.AsSpan(_start + _binders![i].Position + sizeof(int))));
        }
    }

    private bool IsInTable(uint position)
    {
        ReadOnlySpan<byte> table = _buffer.AsSpan(_tableStart, _tableSize);
        int low = 0;
        int high = (_tableSize / sizeof(uint)) - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            uint found = BinaryPrimitives.ReadUInt32LittleEndian(table[(middle * sizeof(uint))..]);
            if (found == position)
            {
                return true;
            }

            (low, high) = found < position ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    /// <summary>The sender has counted every object, so those that nobody read are given back. Before version 2 nothing tells where they lie.</summary>
    private void ReleaseUnread(RpcSession session)
    {
        ReadOnlySpan<byte> data = Data;
        for (int offset = _tableStart; offset < _tableStart + _tableSize; offset += sizeof(uint))
        {
            int position = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(offset));
            if (BinaryPrimitives.ReadInt32LittleEndian(data[position..]) == RpcWire.BinderType
                && position + RpcWire.BinderSize <= data.Length
                && _binders?.Exists(entry => entry.Position == position) != true)
            {
                session.GiveBackUnread(BinaryPrimitives.ReadUInt64LittleEndian(data[(position + sizeof(int))..]));
            }
        }
    }
}
