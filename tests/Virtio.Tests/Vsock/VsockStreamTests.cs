using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

public sealed class VsockStreamTests : IDisposable
{
    private readonly VsockGuest _guest = new();

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void The_configuration_is_the_CID()
    {
        byte[] bytes = new byte[12];
        _guest.Device.ReadConfiguration(0, bytes);
        Assert.Equal([42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], bytes);
        _guest.Device.ReadConfiguration(-1, bytes.AsSpan(0, 4));
        Assert.Equal(0, bytes[0]);
    }

    [Fact]
    public void A_host_program_reaches_a_port_of_the_guest_and_is_told_its_own()
    {
        UnixSocket program = _guest.Connect("CONNECT 1234\n");
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        Assert.Equal(1234u, request.GuestPort);
        Assert.InRange(request.HostPort, VsockMuxer.FirstHostPort, (uint)int.MaxValue);
        Assert.Equal((VMADDR_CID_HOST, VIRTIO_VSOCK_TYPE_STREAM), (request.Header.SourceCid, request.Header.Type));
        Assert.Equal(VsockBuffers.FullCredit, request.Header.BufferSize);

        _guest.Send(VIRTIO_VSOCK_OP_RESPONSE, 1234, request.HostPort);
        Assert.Equal($"OK {request.HostPort}\n", VsockGuest.ReadLine(program));
        Assert.Equal(5, program.Send("hello"u8));
        Assert.Equal("hello"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1234, request.HostPort, "world"u8);
        Assert.Equal("world"u8.ToArray(), VsockGuest.ReadAll(program, 5));
    }

    [Fact]
    public void Data_behind_the_CONNECT_line_is_the_guests()
    {
        UnixSocket program = _guest.Connect("CONNECT 7\nearly bird");
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        _guest.Send(VIRTIO_VSOCK_OP_RESPONSE, 7, request.HostPort);
        Assert.Equal("early bird"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        Assert.StartsWith("OK ", VsockGuest.ReadLine(program), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONNECT\n")]
    [InlineData("CONNECT \n")]
    [InlineData("CONNECT x\n")]
    [InlineData("CONNECT 4294967296\n")]
    [InlineData("CONNECT 4294967295\n")]
    [InlineData("CONNECT -1\n")]
    [InlineData("CONNECT 12 13\n")]
    [InlineData("GET / HTTP/1.1\n")]
    [InlineData("CONNECT 1234567890123456789012345678901234567890")]
    public void A_line_that_names_no_port_is_answered_with_the_end(string line)
    {
        UnixSocket program = _guest.Connect(line);
        // Unread bytes make the end a reset of the connection.
        Assert.Contains(VsockGuest.ReadOnce(program, new byte[8]), new[] { 0, -Errno.ECONNRESET });
        _guest.AssertNothingComes();
    }

    [Fact]
    public void A_line_that_comes_in_pieces_is_put_together()
    {
        UnixSocket program = _guest.Connect("CONN");
        Thread.Sleep(20);
        program.Send("ECT 99\n"u8);
        Assert.Equal(99u, _guest.Receive(VIRTIO_VSOCK_OP_REQUEST).GuestPort);
    }

    [Fact]
    public void A_port_that_the_guest_refuses_is_the_end_for_the_program()
    {
        UnixSocket program = _guest.Connect("CONNECT 5\n");
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        _guest.Send(VIRTIO_VSOCK_OP_RST, 5, request.HostPort);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[8]));
        _guest.AssertNothingComes();
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }

    [Fact]
    public void A_program_that_leaves_before_the_guest_answers_is_a_reset()
    {
        UnixSocket program = _guest.Connect("CONNECT 5\n");
        _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        program.Dispose();
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
    }

    [Fact]
    public void The_guest_reaches_the_program_that_listens_at_its_port()
    {
        UnixSocket program = _guest.OpenFromGuest(1000, 52);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1000, 52, "from the guest"u8);
        Assert.Equal("from the guest"u8.ToArray(), VsockGuest.ReadAll(program, 14));
        program.Send("from the host"u8);
        VsockPacket data = _guest.Receive(VIRTIO_VSOCK_OP_RW);
        Assert.Equal("from the host"u8.ToArray(), data.Payload);
        Assert.Equal(14u, data.Header.ForwardCount);
        Assert.Equal((14, 13), (_guest.Device.Counters.BytesFromGuest, _guest.Device.Counters.BytesToGuest));
    }

    [Fact]
    public void A_port_where_nobody_listens_is_refused()
    {
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1000, 53);
        VsockPacket answer = _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal((1000u, 53u), (answer.GuestPort, answer.HostPort));
        _guest.Listen(54).Dispose(); // its file stays, and nobody listens
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1000, 54);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Megabytes_pass_both_ways_unchanged(bool isProtected, bool packed)
    {
        _guest.Driver.Reset();
        _guest.Start(packed ? ulong.MaxValue : null, isProtected);
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        byte[] there = VsockGuest.Bytes(4 << 20, 1);
        byte[] back = VsockGuest.Bytes(4 << 20, 2);
        var reader = Task.Run(() => VsockGuest.ReadAll(program, there.Length));
        var writer = Task.Run(() => program.WriteAll(back));
        using MemoryStream received = new();
        uint sent = 0;
        uint forwarded = 0;
        while (sent < there.Length || received.Length < back.Length)
        {
            int length = (int)Math.Min(Math.Min(61_000, (uint)there.Length - sent), VsockBuffers.FullCredit - (sent - forwarded));
            if (length > 0)
            {
                _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, there.AsSpan((int)sent, length));
                sent += (uint)length;
            }

            while (_guest.TryReceive() is { } packet)
            {
                forwarded = packet.Header.ForwardCount;
                received.Write(packet.Payload);
                if (packet.Operation == VIRTIO_VSOCK_OP_CREDIT_REQUEST)
                {
                    _guest.Send(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 1, 50);
                }
            }
        }

        Assert.Equal(there, await reader);
        await writer;
        Assert.Equal(back, received.ToArray());
    }

    [Fact]
    public void The_device_sends_no_more_than_the_guests_credit_and_asks_for_more()
    {
        _guest.GuestBuffer = 10_000;
        _guest.Reads = false;
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        program.WriteAll(new byte[15_000]);
        uint length = 0;
        VsockPacket packet;
        while ((packet = _guest.Receive()).Operation == VIRTIO_VSOCK_OP_RW)
        {
            length += packet.Header.Length;
        }

        Assert.Equal(VIRTIO_VSOCK_OP_CREDIT_REQUEST, packet.Operation);
        Assert.Equal(10_000u, length);
        _guest.AssertNothingComes();
        _guest.Forward(1, 50, 4_000);
        Assert.Equal(4_000u, _guest.Receive(VIRTIO_VSOCK_OP_RW).Header.Length);
        _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
        _guest.Forward(1, 50, 10_000);
        Assert.Equal(1_000u, _guest.Receive(VIRTIO_VSOCK_OP_RW).Header.Length);
    }

    [Fact]
    public void A_guest_beyond_its_credit_is_reset()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        uint sent = 0;
        while (_guest.TryReceive()?.Operation != VIRTIO_VSOCK_OP_RST && sent < 16 << 20)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, new byte[60_000]);
            sent += 60_000;
        }

        // What the socket took itself counts as taken.
        Assert.InRange(sent, VsockBuffers.FullCredit, 1u << 20);
        byte[] rest = new byte[1 << 20];
        int read;
        while ((read = VsockGuest.ReadOnce(program, rest)) > 0)
        {
        }

        Assert.Equal(0, read);
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }

    [Fact]
    public void A_slow_program_gets_what_waits_and_the_guest_its_credit()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        byte[] all = VsockGuest.Bytes(420_000, 3);
        for (int i = 0; i < all.Length; i += 60_000)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, all.AsSpan(i, 60_000));
        }

        Assert.Equal(all, VsockGuest.ReadAll(program, all.Length));
        VsockPacket update;
        do
        {
            update = _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        }
        while (update.Header.ForwardCount + (VsockBuffers.FullCredit / 2) <= all.Length);
    }

    [Fact]
    public void A_request_for_credit_is_answered()
    {
        _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, new byte[100]);
        _guest.Send(VIRTIO_VSOCK_OP_CREDIT_REQUEST, 1, 50);
        VsockHeader update = _guest.Receive(VIRTIO_VSOCK_OP_CREDIT_UPDATE).Header;
        Assert.Equal((VsockBuffers.FullCredit, 100u), (update.BufferSize, update.ForwardCount));
    }

    [Fact]
    public void A_program_that_sends_no_more_still_receives()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        program.Send("last"u8);
        program.ShutDownSending();
        Assert.Equal("last"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        Assert.Equal(VIRTIO_VSOCK_SHUTDOWN_SEND, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "answer"u8);
        Assert.Equal("answer"u8.ToArray(), VsockGuest.ReadAll(program, 6));
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: ShutdownBoth);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
    }

    [Fact]
    public void A_guest_that_sends_no_more_still_receives()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "last"u8);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: VIRTIO_VSOCK_SHUTDOWN_SEND);
        Assert.Equal("last"u8.ToArray(), VsockGuest.ReadAll(program, 4));
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
        program.Send("answer"u8);
        Assert.Equal("answer"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        program.Dispose();
        Assert.Equal(ShutdownBoth, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
        _guest.Send(VIRTIO_VSOCK_OP_RST, 1, 50);
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }

    [Fact]
    public void A_guest_that_receives_no_more_makes_the_programs_writes_fail()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: VIRTIO_VSOCK_SHUTDOWN_RCV);
        Assert.Equal(-Errno.EPIPE, program.Send("x"u8));
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "still"u8);
        Assert.Equal("still"u8.ToArray(), VsockGuest.ReadAll(program, 5));
    }

    [Fact]
    public void A_program_that_receives_no_more_is_told_to_the_guest()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        program.ShutDownReceiving();
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "unheard"u8);
        Assert.Equal(VIRTIO_VSOCK_SHUTDOWN_RCV, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
        program.Send("but speaks"u8);
        Assert.Equal("but speaks"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        program.Dispose();
        Assert.Equal(ShutdownBoth, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
    }

    [Fact]
    public void A_program_that_closes_is_told_to_the_guest_behind_its_data()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        byte[] all = VsockGuest.Bytes(100_000, 4);
        program.WriteAll(all);
        program.Dispose();
        using MemoryStream received = new();
        VsockPacket packet;
        while ((packet = _guest.Receive()).Operation == VIRTIO_VSOCK_OP_RW)
        {
            received.Write(packet.Payload);
        }

        Assert.Equal((VIRTIO_VSOCK_OP_SHUTDOWN, ShutdownBoth), (packet.Operation, packet.Header.Flags));
        Assert.Equal(all, received.ToArray());
        // Data that was on its way is no fault.
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, "late"u8);
        Assert.Equal(1, _guest.Device.Counters.Connections);
        _guest.Send(VIRTIO_VSOCK_OP_RST, 1, 50);
        Assert.Equal(0, _guest.Device.Counters.Connections);
        _guest.AssertNothingComes();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_guest_sent_before_it_closed_reaches_a_slow_program(bool guestLosesPatience)
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        byte[] all = VsockGuest.Bytes(420_000, 5);
        for (int i = 0; i < all.Length; i += 60_000)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, all.AsSpan(i, 60_000));
        }

        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, flags: ShutdownBoth);
        if (guestLosesPatience)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RST, 1, 50);
        }

        Assert.Equal(1, _guest.Device.Counters.Connections);
        Assert.Equal(all, VsockGuest.ReadAll(program, all.Length));
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
        if (!guestLosesPatience)
        {
            Assert.Equal(VIRTIO_VSOCK_OP_RST, _guest.ReceiveNoCredit().Operation);
        }

        SpinWait.SpinUntil(() => _guest.Device.Counters.Connections == 0, 5000);
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }

    [Fact]
    public void A_reset_by_the_guest_ends_the_programs_connection()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_RST, 1, 50);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
        Assert.Equal(-Errno.EPIPE, program.Send("x"u8));
        _guest.AssertNothingComes();
    }

    [Fact]
    public void A_program_that_dies_with_unread_data_is_told_to_the_guest()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, new byte[1000]);
        program.Send("bye"u8);
        program.Dispose();
        Assert.Equal("bye"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
        Assert.Equal(ShutdownBoth, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
    }

    [Fact]
    public void A_reset_of_the_device_closes_every_connection_and_programs_can_connect_again()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        UnixSocket waiting = _guest.Connect("CONNECT 9\n");
        _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        _guest.Driver.Reset();
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
        Assert.Equal(0, VsockGuest.ReadOnce(waiting, new byte[1]));
        UnixSocket early = _guest.Connect("CONNECT 10\n");
        _guest.Start();
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        Assert.Equal(10u, request.GuestPort);
        _guest.Send(VIRTIO_VSOCK_OP_RESPONSE, 10, request.HostPort);
        Assert.StartsWith("OK", VsockGuest.ReadLine(early), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_without_buffers_gets_everything_once_it_gives_some()
    {
        _guest.Driver.Reset();
        _guest.Start(buffers: 0);
        UnixSocket listener = _guest.Listen(50);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 50);
        UnixSocket program = _guest.Accept(listener);
        program.Send("hello"u8);
        Thread.Sleep(20);
        _guest.AddBuffer(_guest.Driver.Allocate(4096));
        _guest.AddBuffer(_guest.Driver.Allocate(4096));
        _guest.Driver.Queue(ReceiveQueue).Kick();
        _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE);
        Assert.Equal("hello"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
    }

    [Fact]
    public void A_slow_program_holds_no_other_connection_up()
    {
        _guest.OpenFromGuest(1, 50);
        UnixSocket other = _guest.OpenFromGuest(2, 51);
        for (int i = 0; i < 7; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, new byte[60_000]);
        }

        byte[] data = new byte[60_000];
        for (int i = 0; i < 50; i++)
        {
            _guest.Send(VIRTIO_VSOCK_OP_RW, 2, 51, data);
            VsockGuest.ReadAll(other, data.Length);
        }

        other.Send("answer"u8);
        VsockPacket packet = _guest.ReceiveNoCredit();
        Assert.Equal((2u, VIRTIO_VSOCK_OP_RW), (packet.GuestPort, packet.Operation));
    }

    [Fact]
    public void Connections_take_turns()
    {
        const int Programs = 4, Bytes = 100_000;
        _guest.Driver.Reset();
        _guest.Start(buffers: 8);
        UnixSocket[] programs = [.. Enumerable.Range(0, Programs).Select(i => _guest.OpenFromGuest(1, 50 + (uint)i))];
        foreach (UnixSocket program in programs)
        {
            program.Send(new byte[Bytes]);
        }

        // A turn is some packets in a row; how many depends on how many buffers there were.
        List<uint> turns = [];
        Dictionary<uint, int> left = programs.Select((_, i) => 50 + (uint)i).ToDictionary(port => port, _ => Bytes);
        while (left.Values.Min() > 0)
        {
            VsockPacket packet = _guest.Receive(VIRTIO_VSOCK_OP_RW);
            left[packet.HostPort] -= packet.Payload.Length;
            if (turns.Count == 0 || turns[^1] != packet.HostPort)
            {
                turns.Add(packet.HostPort);
            }
        }

        // The first program had the guest's buffers for itself until the others had sent. What came last may be a part of a turn.
        int begin = left.Keys.Max(port => turns.IndexOf(port));
        int rounds = 0;
        for (int i = begin; i + Programs < turns.Count; i++, rounds++)
        {
            Assert.Equal(Programs, turns.Skip(i).Take(Programs).Distinct().Count());
        }

        Assert.True(rounds > 0, string.Join(' ', turns));
    }
}
