using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Virtio.Queues;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Vsock;

/// <summary>The connections of one guest: which packet belongs to which Unix socket, and whose turn it is to send to the guest.</summary>
/// <remarks>
/// Everything happens on the event loop's thread. What a guest can make it hold is bounded: <see cref="MaxConnections"/> connections with the credit of
/// <see cref="VsockBuffers"/>, and <see cref="MaxRefusals"/> refusals that wait for buffers of the guest, beyond which no packet is taken from it.
/// </remarks>
internal sealed class VsockMuxer : IDisposable
{
    /// <summary>The most connections at the same time, those that are being made or ended included.</summary>
    internal const int MaxConnections = 4096;

    /// <summary>The most RST packets, for connections that there are not, that wait for a buffer of the guest.</summary>
    internal const int MaxRefusals = 256;

    /// <summary>Connections from the host get ports from here on, so that services have theirs below.</summary>
    internal const uint FirstHostPort = 1 << 30;

    private const int MaxTurns = 16; // for one event
    private const int PoolSize = 256;

    private readonly Dictionary<ulong, VsockConnection> _byPorts = [];
    private readonly List<VsockConnection> _all = [];
    private readonly Stack<VsockConnection> _pool = new();
    private readonly Queue<VsockHeader> _refusals = new(MaxRefusals);
    private readonly VsockListener[] _listeners;
    private readonly VsockReceiveQueue _queue;
    private readonly VsockClock _clock;
    private readonly string _path;
    private VsockConnection? _firstScheduled;
    private VsockConnection? _lastScheduled;
    private uint _nextHostPort = FirstHostPort;
    private bool _hasMessages;
    private bool _waitsForBuffers;
    private Action _onRoom = static () => { };
    private Action _onMore = static () => { };

    /// <param name="loop">Does the work.</param>
    /// <param name="cid">The guest's CID.</param>
    /// <param name="path">Where host programs connect; also the beginning of the paths where they listen.</param>
    /// <param name="queue">Takes packets to the guest.</param>
    /// <param name="counters">Counts.</param>
    /// <param name="times">How long to wait for others.</param>
    /// <exception cref="ArgumentException">The path is empty or too long.</exception>
    /// <exception cref="LinuxException">The path cannot be listened at.</exception>
    internal VsockMuxer(EventLoop loop, uint cid, string path, VsockReceiveQueue queue, VsockCounters counters, VsockTimes times)
    {
        Loop = loop;
        GuestCid = cid;
        Counters = counters;
        Times = times;
        _path = path;
        _queue = queue;
        VsockListener streams = VsockListener.Open(path, UnixSocketType.Stream);
        try
        {
            _listeners = [streams, VsockListener.Open(path + UnixVsockDevice.MessagesSuffix, UnixSocketType.SeqPacket)];
        }
        catch
        {
            streams.Dispose();
            throw;
        }

        _clock = new VsockClock(loop.Time, OnTick);
    }

    internal EventLoop Loop { get; }

    internal uint GuestCid { get; }

    internal VsockTimes Times { get; }

    internal VsockCounters Counters { get; }

    internal VsockBuffers Buffers { get; } = new();

    /// <summary>Room for the pieces of a packet, for one call.</summary>
    internal IoVector[] Pieces { get; } = new IoVector[Virtqueue.MaxSegments];

    /// <summary>Another packet can be taken from the guest.</summary>
    internal bool CanReceive => _refusals.Count < MaxRefusals;

    public void Dispose()
    {
        Stop();
        foreach (VsockListener listener in _listeners)
        {
            listener.Dispose();
        }

        _clock.Dispose();
        Buffers.Dispose();
    }

    internal static ulong KeyOf(uint guestPort, uint hostPort) => ((ulong)hostPort << 32) | guestPort;

    /// <summary>Begins to serve.</summary>
    /// <param name="messages">The driver knows connections of messages (SOCK_SEQPACKET).</param>
    /// <param name="onRoom">Called when <see cref="CanReceive"/> has become true again.</param>
    /// <param name="onMore">Called when <see cref="Pump"/> has more to do and others should come first.</param>
    internal void Start(bool messages, Action onRoom, Action onMore)
    {
        _hasMessages = messages;
        _onRoom = onRoom;
        _onMore = onMore;
        foreach (VsockListener listener in _listeners)
        {
            listener.Start(Loop, () => _all.Count < MaxConnections, Accept);
        }
    }

    /// <summary>Closes all connections; host programs that connect from now on wait.</summary>
    internal void Stop()
    {
        foreach (VsockListener listener in _listeners)
        {
            listener.Stop();
        }

        for (int i = _all.Count - 1; i >= 0; i--)
        {
            Remove(_all[i]);
        }

        _firstScheduled = _lastScheduled = null;
        _refusals.Clear();
        _waitsForBuffers = false;
    }

    /// <summary>Takes a packet from the guest.</summary>
    /// <param name="chain">The packet, still the queue's.</param>
    /// <param name="capture">Gets a copy of it.</param>
    internal void Receive(DescriptorChain chain, VsockCapture? capture)
    {
        Counters.FromGuest();
        if (!chain.TryRead(0, out VsockHeader header))
        {
            return; // too short to say whom to answer
        }

        if (capture is not null)
        {
            int pieces = chain.GetReadable(VsockHeader.Size, header.Length, Pieces);
            capture.Write(header, Pieces.AsSpan(0, pieces));
        }

        if (header.SourceCid != GuestCid)
        {
            return; // from another address: there is nobody to answer
        }

        if (header.Length > chain.ReadableLength - VsockHeader.Size)
        {
            Refuse(header);
        }
        else if (header.DestinationCid != VMADDR_CID_HOST || !IsKnown(header.Type))
        {
            Answer(header);
        }
        else if (_byPorts.TryGetValue(KeyOf(header.SourcePort, header.DestinationPort), out VsockConnection? connection))
        {
            if (connection.HasMessages == (header.Type == VIRTIO_VSOCK_TYPE_SEQPACKET))
            {
                connection.Receive(header, chain);
            }
            else
            {
                connection.Reset();
            }
        }
        else if (header.Operation == VIRTIO_VSOCK_OP_REQUEST && _all.Count < MaxConnections)
        {
            Open(header);
        }
        else
        {
            Answer(header);
        }
    }

    /// <summary>Sends to the guest what there is, each connection in its turn.</summary>
    internal void Pump()
    {
        for (int turns = 0; turns < MaxTurns; turns++)
        {
            if (_refusals.Count == 0 && _firstScheduled is null)
            {
                _queue.Publish();
                return;
            }

            if (!TakeTurn())
            {
                _queue.Publish();
                _waitsForBuffers = true;
                if (!_queue.WaitForBuffers())
                {
                    return;
                }
            }
        }

        _queue.Publish();
        _onMore();
    }

    /// <summary>The guest has given buffers, or it is time to go on.</summary>
    internal void OnBuffers()
    {
        if (_waitsForBuffers)
        {
            _waitsForBuffers = false;
            _queue.StopWaiting();
        }

        Pump();
    }

    /// <summary>Gives a connection a turn to send to the guest.</summary>
    internal void Schedule(VsockConnection connection)
    {
        if (connection.IsScheduled)
        {
            return;
        }

        connection.IsScheduled = true;
        connection.NextScheduled = null;
        if (_lastScheduled is null)
        {
            _firstScheduled = connection;
        }
        else
        {
            _lastScheduled.NextScheduled = connection;
        }

        _lastScheduled = connection;
    }

    /// <summary>Finds a host port for a connection from the host to a port of the guest.</summary>
    internal uint ChooseHostPort(uint guestPort)
    {
        // There are more ports than connections, so this ends.
        uint hostPort;
        do
        {
            hostPort = _nextHostPort;
            _nextHostPort = _nextHostPort == int.MaxValue ? FirstHostPort : _nextHostPort + 1;
        }
        while (_byPorts.ContainsKey(KeyOf(guestPort, hostPort)));
        return hostPort;
    }

    /// <summary>From here on packets with its ports are a connection's.</summary>
    internal void Remember(VsockConnection connection)
    {
        _byPorts.Add(connection.Key, connection);
        connection.HasPorts = true;
    }

    /// <summary>Its ports are free; the connection goes on towards the host.</summary>
    internal void Forget(VsockConnection connection)
    {
        if (connection.HasPorts)
        {
            _byPorts.Remove(connection.Key);
            connection.HasPorts = false;
        }
    }

    /// <summary>Ends a connection; its object will be another's.</summary>
    internal void Remove(VsockConnection connection)
    {
        Forget(connection);
        connection.End();
        Buffers.ReturnCredit(connection.Credit);
        VsockConnection last = _all[^1];
        _all[connection.Place] = last;
        last.Place = connection.Place;
        _all.RemoveAt(_all.Count - 1);
        Counters.SetConnections(_all.Count);
        // One that waits for a turn comes into the pool when its turn has come.
        if (!connection.IsScheduled)
        {
            ToPool(connection);
        }

        ResumeListening();
    }

    /// <summary>The clock's time stamp so much later.</summary>
    internal long After(TimeSpan time) => _clock.After(time);

    private bool IsKnown(ushort type) => type == VIRTIO_VSOCK_TYPE_STREAM || (type == VIRTIO_VSOCK_TYPE_SEQPACKET && _hasMessages);

    /// <summary>Ends the connection of a packet that is not well-formed.</summary>
    private void Refuse(in VsockHeader header)
    {
        if (_byPorts.TryGetValue(KeyOf(header.SourcePort, header.DestinationPort), out VsockConnection? connection))
        {
            connection.Reset();
        }
        else
        {
            Answer(header);
        }
    }

    /// <summary>Answers with RST, but RST itself.</summary>
    private void Answer(in VsockHeader header)
    {
        if (header.Operation != VIRTIO_VSOCK_OP_RST)
        {
            _refusals.Enqueue(new VsockHeader
            {
                SourceCid = header.DestinationCid,
                DestinationCid = GuestCid,
                SourcePort = header.DestinationPort,
                DestinationPort = header.SourcePort,
                Type = header.Type,
                Operation = VIRTIO_VSOCK_OP_RST,
            });
        }
    }

    /// <summary>One packet, or one connection's turn.</summary>
    /// <returns>False when the guest has given no buffer.</returns>
    private bool TakeTurn()
    {
        if (_refusals.TryPeek(out VsockHeader refusal))
        {
            if (!_queue.TrySend(refusal))
            {
                return false;
            }

            bool wasFull = !CanReceive;
            _refusals.Dequeue();
            if (wasFull)
            {
                _onRoom();
            }

            return true;
        }

        VsockConnection connection = _firstScheduled!;
        _firstScheduled = connection.NextScheduled;
        _lastScheduled = _firstScheduled is null ? null : _lastScheduled;
        connection.IsScheduled = false;
        if (connection.Phase == VsockPhase.Free)
        {
            ToPool(connection);
            return true;
        }

        switch (connection.Emit(_queue))
        {
            case VsockEmitResult.Again:
                Schedule(connection);
                return true;
            case VsockEmitResult.NoBuffers:
                ScheduleFirst(connection);
                return false;
            default:
                return true;
        }
    }

    /// <summary>Its turn did not come about for want of buffers: the next one is again its own, or one with more luck would always come first.</summary>
    private void ScheduleFirst(VsockConnection connection)
    {
        if (_firstScheduled is null)
        {
            Schedule(connection);
        }
        else if (!connection.IsScheduled)
        {
            connection.IsScheduled = true;
            connection.NextScheduled = _firstScheduled;
            _firstScheduled = connection;
        }
    }

    private void Open(in VsockHeader request)
    {
        VsockConnection connection = Take();
        connection.BeginFromGuest(request, Buffers.TakeCredit(), After(Times.Connect));
        Add(connection);
        Remember(connection);
        Connect(connection);
    }

    private void Connect(VsockConnection connection)
    {
        string path = $"{_path}_{connection.HostPort}";
        UnixSocketType type = connection.HasMessages ? UnixSocketType.SeqPacket : UnixSocketType.Stream;
        UnixSocket? socket = UnixSocket.TryConnect(path, type, out int errno);
        if (socket is not null)
        {
            connection.Connected(socket);
        }
        else if (errno == Errno.EAGAIN)
        {
            _clock.TickSoon(); // its backlog is full
        }
        else
        {
            connection.Reset();
        }
    }

    private void Accept(UnixSocket? socket, UnixSocketType type)
    {
        if (socket is null)
        {
            _clock.After(TimeSpan.Zero); // no descriptor is left: the next tick tries again
            return;
        }

        if (type == UnixSocketType.SeqPacket && !_hasMessages)
        {
            socket.Dispose();
            return;
        }

        VsockConnection connection = Take();
        Add(connection);
        connection.BeginFromHost(socket, type == UnixSocketType.SeqPacket, Buffers.TakeCredit(), After(Times.Handshake));
    }

    private VsockConnection Take() => _pool.TryPop(out VsockConnection? connection) ? connection : new VsockConnection(this);

    private void Add(VsockConnection connection)
    {
        connection.Place = _all.Count;
        _all.Add(connection);
        Counters.SetConnections(_all.Count);
    }

    private void ToPool(VsockConnection connection)
    {
        if (_pool.Count < PoolSize)
        {
            _pool.Push(connection);
        }
    }

    private void ResumeListening()
    {
        foreach (VsockListener listener in _listeners)
        {
            listener.Resume();
        }
    }

    /// <summary>Ends what has waited too long and tries again what could not be done.</summary>
    /// <returns>Whether to tick soon again, later, or (null) not before somebody waits.</returns>
    private bool? OnTick(long now)
    {
        bool? soon = null;
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            VsockConnection connection = _all[i];
            if (connection.Phase == VsockPhase.Connecting)
            {
                Connect(connection);
            }

            if (connection.Deadline != 0 && now >= connection.Deadline)
            {
                connection.TimeOut();
            }

            soon = connection.Phase == VsockPhase.Connecting ? true : connection.Deadline != 0 ? soon ?? false : soon;
        }

        ResumeListening();
        Pump();
        return soon;
    }
}
