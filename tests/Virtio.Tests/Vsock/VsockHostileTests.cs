using Kvm.Interop.Sockets;
using Virtio.Tests.Drivers;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

public sealed class VsockHostileTests : IDisposable
{
    private readonly VsockGuest _guest = new();

    public static TheoryData<ushort> Operations => [0, 2, 4, 5, 6, 7, 8, 0xffff];

    public void Dispose() => _guest.Dispose();

    [Theory]
    [MemberData(nameof(Operations))]
    public void A_packet_of_no_connection_is_answered_with_RST(ushort operation)
    {
        _guest.Send(operation, 9, 10);
        VsockHeader answer = _guest.Receive(VIRTIO_VSOCK_OP_RST).Header;
        Assert.Equal((VMADDR_CID_HOST, 10u, 9u), (answer.SourceCid, answer.SourcePort, answer.DestinationPort));
    }

    [Fact]
    public void RST_is_never_answered()
    {
        _guest.Send(VIRTIO_VSOCK_OP_RST, 9, 10);
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RST, 9, 10, type: 77));
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RST, 9, 10) with { DestinationCid = 5 });
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RST, 9, 10, length: 5000));
        _guest.AssertNothingComes();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(0xffff)]
    public void An_unknown_type_is_answered_with_RST_of_that_type(ushort type)
    {
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 9, 10, type: type);
        Assert.Equal(type, _guest.Receive(VIRTIO_VSOCK_OP_RST).Header.Type);
    }

    [Fact]
    public void A_connection_to_another_guest_is_refused_in_its_name()
    {
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_REQUEST, 9, 10) with { DestinationCid = 43 });
        Assert.Equal(43UL, _guest.Receive(VIRTIO_VSOCK_OP_RST).Header.SourceCid);
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_REQUEST, 9, 10) with { DestinationCid = VMADDR_CID_HOST | (1UL << 32) });
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
    }

    [Fact]
    public void A_packet_from_a_forged_address_is_dropped()
    {
        _guest.Listen(10);
        foreach (ulong cid in new ulong[] { 0, 2, 43, VsockGuest.Cid | (1UL << 32), ulong.MaxValue })
        {
            _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_REQUEST, 9, 10) with { SourceCid = cid });
        }

        _guest.AssertNothingComes();
        Assert.Equal(0, _guest.Device.Counters.Connections);
        Assert.Equal(5, _guest.Device.Counters.PacketsFromGuest);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(43u)]
    public void A_header_cut_short_is_dropped_and_the_device_goes_on(uint length)
    {
        MockQueue queue = _guest.Driver.Queue(TransmitQueue);
        queue.Add(new MockBuffer(_guest.Driver.Allocate(64), length));
        queue.Kick();
        Assert.Equal(0u, queue.Take().Written);
        queue.Add(new MockBuffer(_guest.Driver.Allocate(64), 64, Writable: true));
        queue.Kick();
        Assert.Equal(0u, queue.Take().Written);
        _guest.OpenFromGuest(1, 50);
    }

    [Theory]
    [InlineData(11u)]
    [InlineData(0x7fff_ffffu)]
    [InlineData(0xffff_ffffu)]
    [InlineData(0xffff_ffd4u)]
    public void A_payload_shorter_than_its_header_says_ends_the_connection(uint length)
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RW, 1, 50, length), new byte[10]);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[16]));
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RW, 1, 50, length), new byte[10]);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
    }

    [Fact]
    public void Bytes_behind_the_length_that_the_header_says_are_not_payload()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(_guest.Header(VIRTIO_VSOCK_OP_RW, 1, 50, 3), "abcdef"u8);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: ShutdownBoth);
        Assert.Equal("abc"u8.ToArray(), VsockGuest.ReadAll(program, 3));
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[8]));
    }

    [Theory]
    [InlineData(VIRTIO_VSOCK_OP_REQUEST)]
    [InlineData(VIRTIO_VSOCK_OP_RESPONSE)]
    [InlineData((ushort)0)]
    [InlineData((ushort)8)]
    public void An_operation_that_has_no_place_in_a_connection_ends_it(ushort operation)
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(operation, 1, 50);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
    }

    [Fact]
    public void A_packet_of_another_type_ends_the_connection()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "x"u8, VIRTIO_VSOCK_TYPE_SEQPACKET);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
    }

    [Fact]
    public void Data_after_the_guest_said_it_sends_no_more_ends_the_connection()
    {
        _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: VIRTIO_VSOCK_SHUTDOWN_SEND);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "x"u8);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
    }

    [Fact]
    public void Data_before_the_guest_accepted_ends_the_connection()
    {
        UnixSocket program = _guest.Connect("CONNECT 5\n");
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 5, request.HostPort, "x"u8);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
    }

    [Fact]
    public void Credit_that_jumps_is_at_most_a_connection_that_stands_still()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        program.Send(new byte[100]);
        _guest.Receive(VIRTIO_VSOCK_OP_RW);
        VsockHeader update = _guest.Header(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 1, 50);
        _guest.Send(update with { ForwardCount = 0x8000_0000, BufferSize = 1000 });
        program.Send(new byte[100]);
        _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
        _guest.Send(update with { ForwardCount = 101, BufferSize = uint.MaxValue });
        _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_REQUEST); // 1 byte less than nothing is outstanding
        _guest.Send(update with { ForwardCount = 100, BufferSize = 0 });
        _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
        _guest.Send(update with { ForwardCount = 100, BufferSize = uint.MaxValue });
        Assert.Equal(100u, _guest.Receive(VIRTIO_VSOCK_OP_RW).Header.Length);
    }

    [Fact]
    public void Buffers_too_small_for_a_header_are_given_back_unused()
    {
        _guest.Driver.Reset();
        _guest.Start(buffers: 0);
        MockQueue queue = _guest.Driver.Queue(ReceiveQueue);
        foreach (uint length in new uint[] { 1, 43, 4096 })
        {
            queue.Add(new MockBuffer(_guest.Driver.Allocate(4096), length, Writable: true));
        }

        queue.Kick();
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50);
        Assert.Equal(0u, queue.Take().Written);
        Assert.Equal(0u, queue.Take().Written);
        Assert.Equal((uint)VsockHeader.Size, queue.Take().Written);
    }

    [Fact]
    public void Data_goes_only_into_buffers_that_have_room_behind_the_header()
    {
        _guest.Driver.Reset();
        _guest.Start(buffers: 1);
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.AddBuffer(_guest.Driver.Allocate(64), VsockHeader.Size + 3);
        program.Send("abcdefgh"u8);
        // The first buffer is of 4096 bytes and takes it all.
        Assert.Equal(8u, _guest.Receive(VIRTIO_VSOCK_OP_RW).Header.Length);
        program.Send("abcdefgh"u8);
        Assert.Equal("abc"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        Assert.Equal("defgh"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        Assert.Empty(_guest.Driver.Signals.Faults);
    }

    [Fact]
    public void Refusals_that_the_guest_gives_no_buffers_for_stop_its_sending_and_nothing_is_lost()
    {
        _guest.Driver.Reset();
        _guest.Start(buffers: 0);
        MockQueue transmit = _guest.Driver.Queue(TransmitQueue);
        for (uint i = 0; i < VsockMuxer.MaxRefusals; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, i, 50);
        }

        _guest.Post(_guest.Header(VIRTIO_VSOCK_OP_RW, 9999, 50), []);
        Thread.Sleep(50);
        Assert.False(transmit.TryTake(out _));
        for (int i = 0; i < 4; i++)
        {
            _guest.AddBuffer(_guest.Driver.Allocate(4096));
        }

        _guest.Driver.Queue(ReceiveQueue).Kick();
        for (uint i = 0; i < VsockMuxer.MaxRefusals; i++)
        {
            Assert.Equal(i, _guest.Receive(VIRTIO_VSOCK_OP_RST).GuestPort);
        }

        Assert.Equal(9999u, _guest.Receive(VIRTIO_VSOCK_OP_RST).GuestPort);
        transmit.Take();
    }

    [Fact]
    public void A_queue_that_breaks_its_rules_asks_for_a_reset_and_works_after_it()
    {
        _guest.OpenFromGuest(1, 50);
        ((MockSplitQueue)_guest.Driver.Queue(TransmitQueue)).SetAvailableIndex(5000);
        _guest.Driver.Queue(TransmitQueue).Kick();
        SpinWait.SpinUntil(() => !_guest.Driver.Signals.Faults.IsEmpty, 5000);
        Assert.Contains("queue 1", Assert.Single(_guest.Driver.Signals.Faults), StringComparison.Ordinal);
        _guest.Driver.Reset();
        _guest.Start();
        _guest.OpenFromGuest(1, 50);
    }

    [Fact]
    public void A_driver_without_a_receive_queue_harms_nobody()
    {
        _guest.Driver.Reset();
        _guest.Driver.Activate(enabled: static queue => queue == TransmitQueue);
        MockQueue queue = _guest.Driver.Queue(TransmitQueue);
        queue.Request(VsockGuest.Raw(_guest.Header(VIRTIO_VSOCK_OP_RW, 1, 2)));
        queue.Request(VsockGuest.Raw(_guest.Header(VIRTIO_VSOCK_OP_REQUEST, 1, 2)));
        _guest.Driver.Reset();
        _guest.Start();
        _guest.OpenFromGuest(1, 50);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_random_driver_and_random_programs_leave_the_device_working(int seed)
    {
        _guest.Driver.Reset();
        UnixSocket[] listeners = [_guest.Listen(1), _guest.Listen(2), _guest.Listen(3, UnixSocketType.SeqPacket)];
        using var stop = new CancellationTokenSource();
        var programs = Task.Run(() => Programs(listeners, seed, stop.Token));
        RandomDriver driver = new(_guest.Device, _guest.Driver, seed, Packet);
        driver.Run(100_000, TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        await programs;
        Assert.True(driver.Used > 50, $"{driver.Used} buffers were used");
        _guest.Start();
        _guest.Listen(50);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 50);
        // Programs that have left wait in the backlog still.
        while (_guest.Receive() is { Operation: not VIRTIO_VSOCK_OP_RESPONSE })
        {
        }
    }

    private static byte[] Packet(Random random, int queue)
    {
        byte[] payload = new byte[random.Next(4) == 0 ? random.Next(0, 3000) : 0];
        VsockHeader header = new()
        {
            SourceCid = random.Next(50) == 0 ? (ulong)random.NextInt64() : VsockGuest.Cid,
            DestinationCid = random.Next(50) == 0 ? (ulong)random.NextInt64() : VMADDR_CID_HOST,
            SourcePort = (uint)random.Next(0, 6),
            DestinationPort = random.Next(4) == 0 ? VsockMuxer.FirstHostPort + (uint)random.Next(0, 50) : (uint)random.Next(0, 4),
            Length = random.Next(20) == 0 ? (uint)random.Next() : (uint)payload.Length,
            Type = (ushort)(random.Next(20) == 0 ? random.Next(0, 4) : 1 + random.Next(2)),
            Operation = (ushort)random.Next(0, 9),
            Flags = (uint)random.Next(0, 4),
            BufferSize = random.Next(3) == 0 ? (uint)random.Next() : 65536,
            ForwardCount = (uint)random.Next(0, 3000),
        };
        return [.. VsockGuest.Raw(header), .. payload];
    }

    private void Programs(UnixSocket[] listeners, int seed, CancellationToken stop)
    {
        Random random = new(seed);
        List<UnixSocket> open = [];
        byte[] bytes = new byte[20_000];
        while (!stop.IsCancellationRequested)
        {
            UnixSocket? socket = random.Next(3) == 0
                ? UnixSocket.TryConnect(_guest.Path + (random.Next(2) == 0 ? "" : UnixVsockDevice.MessagesSuffix), random.Next(2) == 0 ? UnixSocketType.Stream : UnixSocketType.SeqPacket, out _)
                : listeners[random.Next(listeners.Length)].TryAccept(out _);
            if (socket is not null)
            {
                socket.Send(System.Text.Encoding.ASCII.GetBytes($"CONNECT {random.Next(0, 8)}\n"));
                open.Add(socket);
            }

            if (open.Count > 0)
            {
                int i = random.Next(open.Count);
                int length = random.Next(bytes.Length);
                _ = random.Next(2) == 0 ? open[i].Send(bytes.AsSpan(0, length)) : open[i].Receive(bytes.AsSpan(0, length));
                if (random.Next(8) == 0)
                {
                    open[i].ShutDownSending();
                }

                if (open.Count > 40 || random.Next(30) == 0)
                {
                    open[i].Dispose();
                    open.RemoveAt(i);
                }
            }

            Thread.Sleep(0);
        }

        open.ForEach(static socket => socket.Dispose());
    }
}
