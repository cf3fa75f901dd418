using System.Buffers.Binary;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;

namespace Virtualization.Binder;

/// <summary>One stream of a session. One thread uses it at a time: the one that serves it, or the one that calls by it.</summary>
internal sealed unsafe class RpcConnection : IDisposable
{
    /// <summary>Messages that fit are taken with one system call together with their header.</summary>
    private const int BufferSize = 16 << 10;

    private readonly StreamConnection _socket;
    private byte[] _buffer = [];
    private int _head;
    private int _tail;
    private int _disposed;

    /// <summary>When waiting for bytes ends with a <see cref="TimeoutException"/>, in milliseconds of the system's clock; 0: never.</summary>
    private long _deadline;

    internal RpcConnection(StreamConnection socket)
    {
        _socket = socket;
        PeerCredentials? credentials = socket.PeerCredentials();
        Peer = credentials is { } known
            ? new RpcPeer(null, known.Uid, known.Pid)
            : RpcPeer.Unknown with { Cid = socket.PeerCid() };
    }

    internal RpcPeer Peer { get; }

    /// <summary>The socket, for those who wait for it without reading.</summary>
    internal StreamConnection Socket => _socket;

    /// <summary>The managed thread that uses it; 0 for none. Under the session's lock.</summary>
    internal int Owner { get; set; }

    /// <summary>How often its owner has taken it, one call within the other. Under the session's lock.</summary>
    internal int Uses { get; set; }

    /// <summary>Whether its peer waits at the other end while a call is served here, so that calls may go back. The owner's own.</summary>
    internal bool PeerWaits { get; set; }

    /// <summary>Calls that are being served here, one within the other. The owner's own.</summary>
    internal int Nesting { get; set; }

    /// <summary>Oneway calls since what the peer sent back was last looked for. The owner's own.</summary>
    internal int UnreadOneWays { get; set; }

    /// <summary>Whether the peer was seen to hang up while a call was under way. Under the session's lock.</summary>
    internal bool HungUp { get; set; }

    /// <summary>Whether messages carry descriptors; set before the first is read.</summary>
    internal bool CarriesDescriptors { get; set; }

    /// <summary>Descriptors that came with the message being read. Whoever takes them sets this to null.</summary>
    internal List<FileDescriptor>? Descriptors { get; set; }

    /// <summary>Closes the stream, from any thread, any number of times. Who waits at it wakes; the descriptor goes when nobody uses it any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            _socket.ShutDown();
        }
        catch (ObjectDisposedException)
        {
            // A session that nobody holds is collected, and the stream with it, while a proxy's finalizer still has the session give something back.
            // Whoever made the stream may have closed it as well. This runs on threads where nobody would catch it.
        }

        _socket.Dispose();
    }

    internal void SetDeadline(TimeSpan? patience) =>
        _deadline = patience is { } limit ? Environment.TickCount64 + (long)Math.Clamp(limit.TotalMilliseconds, 1, int.MaxValue) : 0;

    /// <summary>Reads the next header.</summary>
    /// <returns>False when the peer has ended the stream in front of it.</returns>
    internal bool TryReadHeader(out RpcHeader header)
    {
        CloseDescriptors();
        header = default;
        Span<byte> bytes = stackalloc byte[RpcWire.HeaderSize];
        if (!TryRead(bytes))
        {
            return false;
        }

        header = new RpcHeader(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]));
        return true;
    }

    /// <summary>Reads bytes that must come.</summary>
    /// <exception cref="RpcProtocolException">The peer has ended the stream.</exception>
    internal void Read(Span<byte> bytes)
    {
        if (!bytes.IsEmpty && !TryRead(bytes))
        {
            throw new RpcProtocolException($"{_socket.Name}: the peer has closed the connection, {bytes.Length} bytes before the end of a message");
        }
    }

    /// <summary>Whether something (perhaps the end) can be read without waiting.</summary>
    internal bool HasInput()
    {
        if (_head != _tail)
        {
            return true;
        }

        if (CarriesDescriptors)
        {
            return _socket.WaitReadable(0);
        }

        int received = _socket.Receive(Room(), null, wait: false);
        if (received == -Errno.EAGAIN)
        {
            return false;
        }

        _tail = Math.Max(0, received);
        return true;
    }

    /// <summary>Sends a message from up to three pieces, waiting as long as the peer needs.</summary>
    /// <param name="head">The first piece, not empty.</param>
    /// <param name="data">The second.</param>
    /// <param name="table">The third.</param>
    /// <param name="descriptors">Go with the first byte.</param>
    /// <param name="drain">Called when the peer takes nothing and there is something to read, which may be what it waits to be rid of.</param>
    internal void Send(ReadOnlySpan<byte> head, ReadOnlySpan<byte> data, ReadOnlySpan<byte> table, ReadOnlySpan<FileDescriptor> descriptors, Action<RpcConnection>? drain)
    {
        // SAFETY: the three are pinned until the last of them is sent; the pieces lie inside them.
        fixed (byte* first = head, second = data, third = table)
        {
            Span<IoVector> pieces = [new(first, (nuint)head.Length), new(second, (nuint)data.Length), new(third, (nuint)table.Length)];
            pieces = pieces[..(table.IsEmpty ? data.IsEmpty ? 1 : 2 : 3)];
            while (true)
            {
                int sent = _socket.Send(pieces, descriptors, wait: drain is null);
                if (sent == -Errno.EAGAIN && drain is not null)
                {
                    if (_head != _tail || _socket.WaitReadable(orWritable: true))
                    {
                        drain(this);
                    }

                    continue;
                }

                if (sent < 0)
                {
                    throw new LinuxException("sendmsg", _socket.Name, -sent);
                }

                descriptors = [];
                while (sent >= (int)pieces[0].Length)
                {
                    sent -= (int)pieces[0].Length;
                    pieces = pieces[1..];
                    if (pieces.IsEmpty)
                    {
                        return;
                    }
                }

                pieces[0] = new IoVector(pieces[0].Start + sent, pieces[0].Length - (nuint)sent);
            }
        }
    }

    /// <summary>Closes descriptors that came and that nobody took.</summary>
    internal void CloseDescriptors()
    {
        List<FileDescriptor>? descriptors = Descriptors;
        Descriptors = null;
        if (descriptors is not null)
        {
            foreach (FileDescriptor descriptor in descriptors)
            {
                descriptor.Dispose();
            }
        }
    }

    private bool TryRead(Span<byte> bytes)
    {
        int whole = bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (_head != _tail)
            {
                int count = Math.Min(bytes.Length, _tail - _head);
                _buffer.AsSpan(_head, count).CopyTo(bytes);
                _head += count;
                bytes = bytes[count..];
                continue;
            }

            // Descriptors come with the bytes they were sent with, so where there may be some, no byte of the next message is read with this one's.
            // What is larger than the buffer goes where it belongs at once.
            bool direct = CarriesDescriptors || _deadline != 0 || bytes.Length >= BufferSize;
            int received = Receive(direct ? bytes : Room());
            if (received == 0)
            {
                return bytes.Length == whole
                    ? false
                    : throw new RpcProtocolException($"{_socket.Name}: the peer has closed the connection, {bytes.Length} bytes before the end of a message");
            }

            if (direct)
            {
                bytes = bytes[received..];
            }
            else
            {
                _tail = received;
            }
        }

        return true;
    }

    private Span<byte> Room()
    {
        if (_buffer.Length == 0)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        }

        _head = _tail = 0;
        return _buffer;
    }

    private int Receive(Span<byte> room)
    {
        if (_deadline != 0)
        {
            long left = _deadline - Environment.TickCount64;
            if (left <= 0 || !_socket.WaitReadable((int)Math.Min(int.MaxValue, left)))
            {
                throw new TimeoutException($"{_socket.Name}: the peer has not said in time what a connection begins with");
            }
        }

        int received;
        if (CarriesDescriptors)
        {
            List<FileDescriptor> descriptors = Descriptors ?? [];
            try
            {
                received = _socket.Receive(room, descriptors, wait: true);
            }
            finally
            {
                Descriptors = descriptors.Count > 0 ? descriptors : null;
            }

            if (descriptors.Count > StreamConnection.MaxDescriptors)
            {
                throw new RpcProtocolException($"{_socket.Name}: a message with more than {StreamConnection.MaxDescriptors} descriptors");
            }
        }
        else
        {
            received = _socket.Receive(room, null, wait: true);
        }

        return received >= 0 ? received : throw new LinuxException("recvmsg", _socket.Name, -received);
    }
}
