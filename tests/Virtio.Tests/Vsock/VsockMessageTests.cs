using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

public sealed class VsockMessageTests : IDisposable
{
    private const ushort Messages = VIRTIO_VSOCK_TYPE_SEQPACKET;
    private const uint End = VIRTIO_VSOCK_SEQ_EOM;

    private readonly VsockGuest _guest = new();

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void Messages_of_the_guest_stay_whole()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        int[] lengths = [1, 5, 4096, 65_000, 1];
        foreach (int length in lengths)
        {
            Send(VsockGuest.Bytes(length, length), End);
        }

        byte[] room = new byte[100_000];
        foreach (int length in lengths)
        {
            Assert.Equal(length, VsockGuest.ReadOnce(program, room));
            Assert.Equal(VsockGuest.Bytes(length, length), room[..length]);
        }
    }

    [Fact]
    public void A_message_in_several_packets_arrives_as_one()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        byte[] message = VsockGuest.Bytes((int)VsockBuffers.FullCredit, 1);
        for (int i = 0; i < message.Length; i += 32_768)
        {
            Assert.Equal(-Errno.EAGAIN, program.Receive(new byte[1]));
            Send(message.AsSpan(i, 32_768), i + 32_768 == message.Length ? End : 0);
        }

        byte[] room = new byte[message.Length + 1];
        Assert.Equal(message.Length, VsockGuest.ReadOnce(program, room));
        Assert.Equal(message, room[..message.Length]);
        Send([1], 0);
        Send([], End);
        Assert.Equal(1, VsockGuest.ReadOnce(program, room));
    }

    [Fact]
    public void Messages_wait_for_a_slow_program_and_keep_their_boundaries()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        Random random = new(5);
        List<int> lengths = [];
        uint sent = 0;
        // Beyond what the socket holds, and within the credit.
        while (sent < 240_000)
        {
            int length = lengths.Count % 3 == 0 ? random.Next(1, 40) : random.Next(1, 3000);
            Send(VsockGuest.Bytes(length, lengths.Count), End);
            lengths.Add(length);
            sent += (uint)length;
        }

        byte[] room = new byte[8192];
        for (int i = 0; i < lengths.Count; i++)
        {
            Assert.Equal(lengths[i], VsockGuest.ReadOnce(program, room));
            Assert.Equal(VsockGuest.Bytes(lengths[i], i), room[..lengths[i]]);
        }
    }

    [Fact]
    public void The_smallest_messages_use_the_whole_credit_up_and_none_is_lost()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        const int Count = 20_000;
        for (int i = 0; i < Count; i++)
        {
            Send([(byte)i], End);
        }

        byte[] room = new byte[8];
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(1, VsockGuest.ReadOnce(program, room));
            Assert.Equal((byte)i, room[0]);
        }
    }

    [Fact]
    public void Messages_of_a_program_reach_the_guest_with_their_ends_marked()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        int[] lengths = [1, 4052, 4053, 100_000, 7];
        foreach (int length in lengths)
        {
            Assert.Equal(length, program.Send(VsockGuest.Bytes(length, length)));
        }

        foreach (int length in lengths)
        {
            Assert.Equal(VsockGuest.Bytes(length, length), ReceiveMessage());
        }
    }

    [Fact]
    public void A_message_longer_than_the_guests_buffers_comes_in_parts_as_it_gives_some()
    {
        _guest.Driver.Reset();
        _guest.Start(buffers: 3);
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        byte[] message = VsockGuest.Bytes(100_000, 9);
        Assert.Equal(message.Length, program.Send(message));
        Assert.Equal(1, program.Send("x"u8));
        Assert.Equal(message, ReceiveMessage());
        Assert.Equal("x"u8.ToArray(), ReceiveMessage());
    }

    [Fact]
    public void A_message_that_the_guest_can_never_hold_ends_the_connection()
    {
        _guest.GuestBuffer = 10_000;
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        Assert.Equal(10_000, program.Send(new byte[10_000]));
        Assert.Equal(10_000, ReceiveMessage().Length);
        Assert.Equal(10_001, program.Send(new byte[10_001]));
        Assert.Equal(VIRTIO_VSOCK_OP_RST, _guest.ReceiveNoCredit().Operation);
    }

    [Fact]
    public void An_empty_message_is_not_the_end()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        Assert.Equal(0, program.Send(default(ReadOnlySpan<byte>)));
        program.Send("after"u8);
        Assert.Equal("after"u8.ToArray(), ReceiveMessage());
        Send([], End);
        Send("there"u8, End);
        byte[] room = new byte[16];
        Assert.Equal(5, VsockGuest.ReadOnce(program, room));
        program.Dispose();
        Assert.Equal(ShutdownBoth, _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN).Header.Flags);
    }

    [Theory]
    [InlineData("CONNECT 77\n")]
    [InlineData("CONNECT 77")]
    public void A_program_reaches_a_listener_for_messages_through_the_second_socket(string line)
    {
        UnixSocket program = _guest.Connect(line, UnixSocketType.SeqPacket);
        program.Send("first"u8);
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        Assert.Equal((77u, Messages), (request.GuestPort, request.Header.Type));
        _guest.Send(VIRTIO_VSOCK_OP_RESPONSE, 77, request.HostPort, type: Messages);
        Assert.Equal($"OK {request.HostPort}\n", VsockGuest.ReadLine(program));
        Assert.Equal("first"u8.ToArray(), _guest.Receive(VIRTIO_VSOCK_OP_RW).Payload);
    }

    [Fact]
    public void What_listens_decides_which_type_of_connection_is_possible()
    {
        _guest.Listen(50, UnixSocketType.Stream);
        _guest.Listen(51, UnixSocketType.SeqPacket);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 50, type: Messages);
        Assert.Equal(Messages, _guest.Receive(VIRTIO_VSOCK_OP_RST).Header.Type);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 51);
        Assert.Equal(VIRTIO_VSOCK_TYPE_STREAM, _guest.Receive(VIRTIO_VSOCK_OP_RST).Header.Type);
    }

    [Fact]
    public void A_driver_without_messages_is_offered_none()
    {
        _guest.Driver.Reset();
        _guest.Start(features: VirtioFeatures.Version1 | (1UL << VIRTIO_VSOCK_F_STREAM));
        _guest.Listen(50, UnixSocketType.SeqPacket);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 50, type: Messages);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        using UnixSocket program = UnixSocket.TryConnect(_guest.Path + UnixVsockDevice.MessagesSuffix, UnixSocketType.SeqPacket, out _)!;
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[8]));
    }

    [Fact]
    public void A_message_that_never_ends_stops_at_the_credit()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        for (int i = 0; i < 4; i++)
        {
            Send(new byte[65_536], 0);
        }

        _guest.AssertNothingComes();
        Send([1], 0);
        Assert.Equal(VIRTIO_VSOCK_OP_RST, _guest.ReceiveNoCredit().Operation);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[1]));
    }

    [Fact]
    public void A_message_without_end_is_dropped_when_the_guest_closes()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50, Messages);
        Send("whole"u8, End);
        Send("part"u8, 0);
        _guest.Send(VIRTIO_VSOCK_OP_SHUTDOWN, 1, 50, type: Messages, flags: ShutdownBoth);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        byte[] room = new byte[16];
        Assert.Equal(5, VsockGuest.ReadOnce(program, room));
        Assert.Equal(0, VsockGuest.ReadOnce(program, room));
    }

    private void Send(ReadOnlySpan<byte> payload, uint flags) => _guest.Send(VIRTIO_VSOCK_OP_RW, 1, 50, payload, Messages, flags);

    private byte[] ReceiveMessage()
    {
        using MemoryStream message = new();
        while (true)
        {
            VsockPacket packet = _guest.ReceiveNoCredit();
            Assert.Equal(VIRTIO_VSOCK_OP_RW, packet.Operation);
            message.Write(packet.Payload);
            if (packet.Header.Flags == End)
            {
                return message.ToArray();
            }

            Assert.Equal(0u, packet.Header.Flags);
            _guest.Send(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 1, 50, type: Messages);
        }
    }
}
