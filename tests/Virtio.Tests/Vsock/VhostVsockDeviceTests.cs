using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Vhost;
using Virtio.Vsock;

namespace Virtio.Tests.Vsock;

public class VhostVsockDeviceTests
{
    [Fact]
    public void A_descriptor_of_another_device_is_refused_with_the_call_it_did_not_know()
    {
        using EventLoop loop = new("vhost test", static _ => { });
        using VhostVsock vhost = new(PosixFile.Open("/dev/null", OpenFlags.O_RDWR));

        LinuxException refusal = Assert.Throws<LinuxException>(() => new VhostVsockDevice(loop, vhost, 3));
        Assert.Contains("VHOST_SET_OWNER on /dev/null: ENOTTY", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0UL, false)]
    [InlineData(1UL, false)]
    [InlineData(2UL, false)]
    [InlineData(3UL, true)]
    [InlineData(4294967294UL, true)]
    [InlineData(4294967295UL, false)]
    [InlineData(1UL << 32, false)]
    public void A_guest_has_an_address_between_the_reserved_ones(ulong cid, bool possible) => Assert.Equal(possible, VsockAddress.IsGuestCid(cid));
}
