using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtio.VhostUser;

/// <summary>Requests to a back end and its answers. An answer is taken only in the length it must have, and within a time; anything else ends the connection.</summary>
/// <remarks>For one thread at a time.</remarks>
internal sealed class VhostUserConnection(StreamSocket socket, TimeSpan patience) : IDisposable
{
    private readonly byte[] _message = new byte[VhostUserProtocol.MaxMessageSize];

    /// <summary>The socket, to watch it.</summary>
    internal StreamSocket Socket { get; } = socket;

    /// <summary>VHOST_USER_PROTOCOL_F_REPLY_ACK is agreed on: requests without an answer of their own are acknowledged.</summary>
    internal bool Acknowledges { get; set; }

    public void Dispose() => Socket.Dispose();

    /// <summary>Asks for a number.</summary>
    internal ulong Get(uint request)
    {
        Send(request, 0, needReply: false, []);
        Span<byte> answer = stackalloc byte[sizeof(ulong)];
        Receive(request, answer);
        return BinaryPrimitives.ReadUInt64LittleEndian(answer);
    }

    /// <summary>Sets a number, and passes descriptors with it.</summary>
    internal void Set(uint request, ulong value, params ReadOnlySpan<FileDescriptor> descriptors)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Payload, value);
        Tell(request, sizeof(ulong), descriptors);
    }

    /// <summary>Makes a request that has no content.</summary>
    internal void Tell(uint request) => Tell(request, 0, []);

    /// <summary>Sets a number of a ring.</summary>
    internal void SetRing(uint request, int index, uint value)
    {
        WriteRing(index, value);
        Tell(request, sizeof(ulong), []);
    }

    /// <summary>Asks for a number of a ring.</summary>
    internal uint GetRing(uint request, int index)
    {
        WriteRing(index, 0);
        Send(request, sizeof(ulong), needReply: false, []);
        Span<byte> answer = stackalloc byte[sizeof(ulong)];
        Receive(request, answer);
        uint answered = BinaryPrimitives.ReadUInt32LittleEndian(answer);
        return answered == (uint)index
            ? BinaryPrimitives.ReadUInt32LittleEndian(answer[sizeof(uint)..])
            : throw Fault($"request {request} for ring {index} is answered for ring {answered}");
    }

    /// <summary>Makes a request with a structure as its content, and passes descriptors with it.</summary>
    internal void Tell<T>(uint request, ReadOnlySpan<T> content, params ReadOnlySpan<FileDescriptor> descriptors)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(content);
        bytes.CopyTo(Payload);
        Tell(request, bytes.Length, descriptors);
    }

    /// <summary>Reads the device's configuration from its start.</summary>
    internal void GetConfiguration(Span<byte> data)
    {
        WriteConfigurationHead(0, data.Length);
        Payload.Slice(VhostUserProtocol.ConfigHeadSize, data.Length).Clear();
        Send(VhostUserProtocol.VHOST_USER_GET_CONFIG, VhostUserProtocol.ConfigHeadSize + data.Length, needReply: false, []);
        Span<byte> answer = stackalloc byte[VhostUserProtocol.ConfigHeadSize + data.Length];
        Receive(VhostUserProtocol.VHOST_USER_GET_CONFIG, answer);
        answer[VhostUserProtocol.ConfigHeadSize..].CopyTo(data);
    }

    /// <summary>Writes a part of the device's configuration.</summary>
    internal void SetConfiguration(int offset, ReadOnlySpan<byte> data)
    {
        WriteConfigurationHead(offset, data.Length);
        data.CopyTo(Payload[VhostUserProtocol.ConfigHeadSize..]);
        Tell(VhostUserProtocol.VHOST_USER_SET_CONFIG, VhostUserProtocol.ConfigHeadSize + data.Length, []);
    }

    private Span<byte> Payload => _message.AsSpan(VhostUserProtocol.HeaderSize);

    private void Tell(uint request, int length, ReadOnlySpan<FileDescriptor> descriptors)
    {
        Send(request, length, Acknowledges, descriptors);
        if (Acknowledges)
        {
            Span<byte> answer = stackalloc byte[sizeof(ulong)];
            Receive(request, answer);
            ulong status = BinaryPrimitives.ReadUInt64LittleEndian(answer);
            if (status != 0)
            {
                throw Fault($"it refused request {request} with {status}");
            }
        }
    }

    private void Send(uint request, int length, bool needReply, ReadOnlySpan<FileDescriptor> descriptors)
    {
        Span<byte> head = _message;
        BinaryPrimitives.WriteUInt32LittleEndian(head, request);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], VhostUserProtocol.Version | (needReply ? VhostUserProtocol.NeedReplyFlag : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)length);
        try
        {
            Socket.SendAll(_message.AsSpan(0, VhostUserProtocol.HeaderSize + length), descriptors, patience);
        }
        catch (Exception e) when (e is TimeoutException or LinuxException)
        {
            throw new VhostUserException($"request {request} to the back end: {e.Message}", e);
        }
    }

    private void Receive(uint request, Span<byte> content)
    {
        Span<byte> head = stackalloc byte[VhostUserProtocol.HeaderSize];
        ReceiveAll(request, head);
        uint answered = BinaryPrimitives.ReadUInt32LittleEndian(head);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[8..]);
        if (answered != request || (flags & VhostUserProtocol.VersionMask) != VhostUserProtocol.Version || (flags & VhostUserProtocol.ReplyFlag) == 0)
        {
            throw Fault($"request {request} is answered by message {answered} with flags 0x{flags:x}");
        }

        if (size != (uint)content.Length)
        {
            throw Fault($"the answer to request {request} has {size} bytes instead of {content.Length}");
        }

        ReceiveAll(request, content);
    }

    private void ReceiveAll(uint request, Span<byte> buffer)
    {
        bool complete;
        try
        {
            complete = Socket.TryReceiveAll(buffer, patience);
        }
        catch (Exception e) when (e is TimeoutException or LinuxException)
        {
            throw new VhostUserException($"request {request} to the back end: {e.Message}", e);
        }

        if (!complete)
        {
            throw Fault($"it closed the connection at request {request}");
        }
    }

    private void WriteRing(int index, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Payload, (uint)index);
        BinaryPrimitives.WriteUInt32LittleEndian(Payload[4..], value);
    }

    private void WriteConfigurationHead(int offset, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Payload, (uint)offset);
        BinaryPrimitives.WriteUInt32LittleEndian(Payload[4..], (uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(Payload[8..], 0);
    }

    private VhostUserException Fault(string what) => new($"the back end at {Socket.Name}: {what}");
}
