using System.Diagnostics;
using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Sockets;
using Virtio.Tests.Drivers;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

/// <summary>A guest with a vsock driver that the test plays, its device, and a folder for the host's sockets.</summary>
internal sealed class VsockGuest : IDisposable
{
    internal const uint Cid = 42;
    private const int BufferSize = 4096;
    private const int MaxPayload = 64 << 10;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly List<Exception> _errors = [];
    private readonly List<IDisposable> _owned = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("vsock").FullName;
    private readonly Dictionary<ushort, GuestAddress> _buffers = [];
    private readonly Dictionary<ulong, uint> _forwarded = [];
    private GuestAddress _transmit;

    internal VsockGuest(VsockTimes? times = null, bool capture = false, bool start = true)
    {
        Loop = new EventLoop("vsock test", _errors.Add);
        VsockCapture? file = capture
            ? new VsockCapture(PosixFile.Open(CapturePath, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND), Reports.Add, TimeProvider.System)
            : null;
        Device = new UnixVsockDevice(Loop, Cid, Path, file, times ?? VsockTimes.Default);
        Driver = new MockDriver(Device);
        Loop.Start();
        if (start)
        {
            Start();
        }
    }

    internal EventLoop Loop { get; }

    internal UnixVsockDevice Device { get; }

    internal MockDriver Driver { get; }

    internal string Path => System.IO.Path.Combine(_folder, "v");

    internal string CapturePath => System.IO.Path.Combine(_folder, "pcap");

    internal List<string> Reports { get; } = [];

    /// <summary>Bytes that the guest says it can hold for each connection.</summary>
    internal uint GuestBuffer { get; set; } = 256 << 10;

    /// <summary>The guest's applications read at once, so that each packet the guest sends renews the credit.</summary>
    internal bool Reads { get; set; } = true;

    public void Dispose()
    {
        Driver.Dispose();
        Loop.Stop();
        Device.Dispose();
        Loop.Dispose();
        _owned.ForEach(static item => item.Dispose());
        Assert.False(File.Exists(Path), "the socket's file is left behind");
        Directory.Delete(_folder, recursive: true);
        Assert.Empty(_errors);
    }

    internal void Start(ulong? features = null, bool isProtected = false, int buffers = 64)
    {
        _buffers.Clear();
        _forwarded.Clear();
        Driver.Activate(features, isProtected: isProtected);
        _transmit = Driver.Allocate(VsockHeader.Size + MaxPayload);
        for (int i = 0; i < buffers; i++)
        {
            AddBuffer(Driver.Allocate(BufferSize));
        }

        Driver.Queue(ReceiveQueue).Kick();
    }

    internal void AddBuffer(GuestAddress place, uint length = BufferSize) =>
        _buffers[Driver.Queue(ReceiveQueue).Add(new MockBuffer(place, length, Writable: true))] = place;

    /// <summary>Sends a packet and waits until the device has taken it.</summary>
    internal void Send(
        ushort operation, uint guestPort, uint hostPort, ReadOnlySpan<byte> payload = default, ushort type = VIRTIO_VSOCK_TYPE_STREAM, uint flags = 0)
    {
        Send(Header(operation, guestPort, hostPort, (uint)payload.Length, type, flags), payload);
    }

    /// <summary>Sends a packet that is as wrong as the test wants.</summary>
    internal void Send(VsockHeader header, ReadOnlySpan<byte> payload = default)
    {
        Post(header, payload);
        Driver.Queue(TransmitQueue).Take();
    }

    internal void Post(VsockHeader header, ReadOnlySpan<byte> payload)
    {
        Driver.Memory.Write(_transmit, header);
        Driver.Memory.Write(_transmit + VsockHeader.Size, payload);
        MockQueue queue = Driver.Queue(TransmitQueue);
        queue.Add(
            payload.IsEmpty
                ? [new MockBuffer(_transmit, VsockHeader.Size)]
                : [new MockBuffer(_transmit, VsockHeader.Size), new MockBuffer(_transmit + VsockHeader.Size, (uint)payload.Length)]);
        queue.Kick();
    }

    internal VsockHeader Header(ushort operation, uint guestPort, uint hostPort, uint length = 0, ushort type = VIRTIO_VSOCK_TYPE_STREAM, uint flags = 0) => new()
    {
        SourceCid = Cid,
        DestinationCid = VMADDR_CID_HOST,
        SourcePort = guestPort,
        DestinationPort = hostPort,
        Length = length,
        Type = type,
        Operation = operation,
        Flags = flags,
        BufferSize = GuestBuffer,
        ForwardCount = _forwarded.GetValueOrDefault(VsockMuxer.KeyOf(guestPort, hostPort)),
    };

    /// <summary>Waits for a packet.</summary>
    internal VsockPacket Receive()
    {
        long start = Stopwatch.GetTimestamp();
        VsockPacket? packet;
        while ((packet = TryReceive()) is null)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new TimeoutException($"no packet within {s_patience}; faults: {string.Join("; ", Driver.Signals.Faults)}");
            }

            Thread.Sleep(0);
        }

        return packet;
    }

    internal VsockPacket Receive(ushort operation)
    {
        VsockPacket packet = Receive();
        Assert.Equal(operation, packet.Operation);
        return packet;
    }

    /// <summary>Waits for a packet that is not about credit.</summary>
    internal VsockPacket ReceiveNoCredit()
    {
        while (true)
        {
            VsockPacket packet = Receive();
            if (packet.Operation is not (VIRTIO_VSOCK_OP_CREDIT_UPDATE or VIRTIO_VSOCK_OP_CREDIT_REQUEST))
            {
                return packet;
            }
        }
    }

    /// <summary>A packet that is there.</summary>
    internal VsockPacket? TryReceive()
    {
        MockQueue queue = Driver.Queue(ReceiveQueue);
        if (!queue.TryTake(out UsedBuffer used))
        {
            return null;
        }

        Assert.True(_buffers.Remove(used.Id, out GuestAddress place));
        Assert.InRange(used.Written, (uint)VsockHeader.Size, (uint)BufferSize);
        VsockHeader header = Driver.Memory.Read<VsockHeader>(place);
        Assert.Equal(Cid, header.DestinationCid);
        Assert.Equal(used.Written, VsockHeader.Size + header.Length);
        byte[] payload = Driver.Memory.GetSpan(place + VsockHeader.Size, (int)header.Length).ToArray();
        ulong key = VsockMuxer.KeyOf(header.DestinationPort, header.SourcePort);
        _forwarded[key] = _forwarded.GetValueOrDefault(key) + (Reads ? header.Length : 0);
        AddBuffer(place);
        queue.Kick();
        return new VsockPacket(header, payload);
    }

    internal void AssertNothingComes()
    {
        Thread.Sleep(30);
        VsockPacket? packet = TryReceive();
        Assert.True(packet is null, $"a packet came: {packet}");
    }

    /// <summary>The guest's application has read all, and the guest says so.</summary>
    internal void Forward(uint guestPort, uint hostPort, uint bytes)
    {
        ulong key = VsockMuxer.KeyOf(guestPort, hostPort);
        _forwarded[key] = _forwarded.GetValueOrDefault(key) + bytes;
        Send(VIRTIO_VSOCK_OP_CREDIT_UPDATE, guestPort, hostPort);
    }

    /// <summary>Listens for connections of the guest to a port.</summary>
    internal UnixSocket Listen(uint port, UnixSocketType type = UnixSocketType.Stream, int backlog = 128) =>
        Own(UnixSocket.Listen($"{Path}_{port}", type, backlog));

    internal UnixSocket Accept(UnixSocket listener)
    {
        Assert.True(listener.WaitReadable(20_000), "nobody connects");
        return Own(listener.TryAccept(out _)!);
    }

    /// <summary>Connects as a host program does, up to its CONNECT line.</summary>
    internal UnixSocket Connect(string line, UnixSocketType type = UnixSocketType.Stream)
    {
        string path = type == UnixSocketType.Stream ? Path : Path + UnixVsockDevice.MessagesSuffix;
        UnixSocket socket = Own(UnixSocket.TryConnect(path, type, out int errno) ?? throw new InvalidOperationException($"{path}: {errno}"));
        Assert.Equal(line.Length, socket.Send(System.Text.Encoding.ASCII.GetBytes(line)));
        return socket;
    }

    /// <summary>A connection from the guest to a host program, both ends.</summary>
    internal UnixSocket OpenFromGuest(uint guestPort, uint hostPort, ushort type = VIRTIO_VSOCK_TYPE_STREAM)
    {
        UnixSocketType kind = type == VIRTIO_VSOCK_TYPE_STREAM ? UnixSocketType.Stream : UnixSocketType.SeqPacket;
        using UnixSocket listener = UnixSocket.Listen($"{Path}_{hostPort}", kind, 8);
        Send(VIRTIO_VSOCK_OP_REQUEST, guestPort, hostPort, type: type);
        VsockPacket answer = Receive(VIRTIO_VSOCK_OP_RESPONSE);
        Assert.Equal((guestPort, hostPort, type), (answer.GuestPort, answer.HostPort, answer.Header.Type));
        UnixSocket socket = Accept(listener);
        File.Delete($"{Path}_{hostPort}");
        return socket;
    }

    internal static byte[] ReadAll(UnixSocket socket, int length)
    {
        byte[] bytes = new byte[length];
        int done = 0;
        while (done < length)
        {
            Assert.True(socket.WaitReadable(20_000), $"{done} of {length} bytes came");
            int read = socket.Receive(bytes.AsSpan(done));
            Assert.True(read > 0, $"{read} after {done} of {length} bytes");
            done += read;
        }

        return bytes;
    }

    internal static int ReadOnce(UnixSocket socket, Span<byte> bytes)
    {
        Assert.True(socket.WaitReadable(20_000), "nothing comes");
        return socket.Receive(bytes);
    }

    internal static string ReadLine(UnixSocket socket)
    {
        byte[] bytes = new byte[64];
        int length = ReadOnce(socket, bytes);
        return System.Text.Encoding.ASCII.GetString(bytes, 0, Math.Max(length, 0));
    }

    internal static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    internal static byte[] Raw(VsockHeader header) => MemoryMarshal.AsBytes(new ReadOnlySpan<VsockHeader>(in header)).ToArray();

    private T Own<T>(T item)
        where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }
}
