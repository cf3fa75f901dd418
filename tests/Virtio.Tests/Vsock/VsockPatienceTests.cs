using Kvm.Interop;
using Kvm.Interop.Sockets;
using Virtio.Vsock;
using static Virtio.Vsock.VsockConstants;

namespace Virtio.Tests.Vsock;

/// <summary>Who is waited for, and for how long, with a device that waits less than others do.</summary>
public sealed class VsockPatienceTests : IDisposable
{
    private readonly VsockGuest _guest = new(new VsockTimes(
        Handshake: TimeSpan.FromSeconds(1), Connect: TimeSpan.FromSeconds(2), Request: TimeSpan.FromSeconds(0.5), Close: TimeSpan.FromSeconds(1)));

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void A_program_that_says_nothing_is_closed_after_a_time()
    {
        UnixSocket program = _guest.Connect("CONNECT ");
        Assert.Equal(-Errno.EAGAIN, program.Receive(new byte[1]));
        Assert.Contains(VsockGuest.ReadOnce(program, new byte[1]), new[] { 0, -Errno.ECONNRESET });
    }

    [Fact]
    public void A_guest_that_does_not_answer_is_given_up_after_a_time()
    {
        UnixSocket program = _guest.Connect("CONNECT 5\n");
        VsockPacket request = _guest.Receive(VIRTIO_VSOCK_OP_REQUEST);
        Assert.Equal(0, VsockGuest.ReadOnce(program, new byte[8]));
        Assert.Equal(request.HostPort, _guest.Receive(VIRTIO_VSOCK_OP_RST).HostPort);
    }

    [Fact]
    public void A_full_backlog_is_waited_for_and_then_refused()
    {
        UnixSocket listener = _guest.Listen(60, backlog: 0);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 1, 60);
        _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 2, 60);
        _guest.AssertNothingComes();
        _guest.Accept(listener);
        Assert.Equal(2u, _guest.Receive(VIRTIO_VSOCK_OP_RESPONSE).GuestPort);
        _guest.Send(VIRTIO_VSOCK_OP_REQUEST, 3, 60);
        Assert.Equal(3u, _guest.Receive(VIRTIO_VSOCK_OP_RST).GuestPort);
    }

    [Fact]
    public void A_guest_that_does_not_answer_the_end_is_reset_after_a_time()
    {
        UnixSocket program = _guest.OpenFromGuest(1, 50);
        program.Dispose();
        _guest.Receive(VIRTIO_VSOCK_OP_SHUTDOWN);
        Assert.Equal(1, _guest.Device.Counters.Connections);
        _guest.Receive(VIRTIO_VSOCK_OP_RST);
        SpinWait.SpinUntil(() => _guest.Device.Counters.Connections == 0, 5000);
        Assert.Equal(0, _guest.Device.Counters.Connections);
    }
}
