using System.Buffers;
using System.Buffers.Binary;
using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <summary>The body of a TRANSACT, checked, in a buffer of the pool that it owns until a parcel takes it.</summary>
internal sealed class RpcTransaction
{
    private byte[]? _body;
    private List<FileDescriptor>? _descriptors;

    private RpcTransaction(byte[] body, int size, List<FileDescriptor>? descriptors)
    {
        _body = body;
        _descriptors = descriptors;
        Size = size;
    }

    internal int Size { get; }

    internal ulong Address { get; private init; }

    internal uint Code { get; private init; }

    internal TransactionFlags Flags { get; private init; }

    internal ulong AsyncNumber { get; private init; }

    internal bool OneWay => (Flags & TransactionFlags.OneWay) != 0;

    private int DataSize { get; init; }

    /// <summary>Takes a body over.</summary>
    /// <exception cref="RpcProtocolException">Its sizes do not fit each other.</exception>
    internal static RpcTransaction Parse(byte[] body, int size, List<FileDescriptor>? descriptors, uint version)
    {
        ReadOnlySpan<byte> bytes = body;
        int room = size - RpcWire.TransactionSize;
        int dataSize = RpcParcelSize.Check(room, BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]), version);
        return new RpcTransaction(body, size, descriptors)
        {
            Address = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            Code = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            Flags = (TransactionFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            AsyncNumber = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            DataSize = dataSize,
        };
    }

    /// <summary>The arguments; the body is theirs from now on.</summary>
    /// <exception cref="RpcProtocolException">The table of objects names what is not there.</exception>
    internal Parcel TakeData(RpcSession session)
    {
        Parcel data = new();
        byte[] body = _body!;
        List<FileDescriptor>? descriptors = _descriptors;
        _body = null;
        _descriptors = null;
        data.SetReceived(session, body, RpcWire.TransactionSize, DataSize, Size, descriptors);
        return data;
    }

    /// <summary>Gives back what no parcel took.</summary>
    internal void Discard()
    {
        if (_body is { } body)
        {
            _body = null;
            ArrayPool<byte>.Shared.Return(body);
        }

        foreach (FileDescriptor descriptor in _descriptors ?? [])
        {
            descriptor.Dispose();
        }

        _descriptors = null;
    }
}
