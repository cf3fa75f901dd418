using Kvm.Interop.Files;
using Kvm.Interop.Vhost;

namespace Kvm.Interop.Tests.Vhost;

public class VhostDeviceTests
{
    [Fact]
    public void A_missing_device_is_named_with_the_module_to_load()
    {
        LinuxException e = Assert.Throws<LinuxException>(() => VhostDevice.Open("/dev/vhost-nowhere", "vhost_nowhere"));

        Assert.Equal(Errno.ENOENT, e.Errno);
        Assert.Contains("open on /dev/vhost-nowhere: ENOENT", e.Message, StringComparison.Ordinal);
        Assert.Contains("modprobe vhost_nowhere", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_vhost_device_is_named_with_the_call_it_refused()
    {
        using VhostVsock device = new(PosixFile.Open("/dev/null", OpenFlags.O_RDWR));

        Assert.Contains("VHOST_GET_FEATURES on /dev/null: ENOTTY", Assert.Throws<LinuxException>(() => device.GetFeatures()).Message, StringComparison.Ordinal);
        Assert.Contains("VHOST_VSOCK_SET_GUEST_CID(3) on /dev/null: ENOTTY", Assert.Throws<LinuxException>(() => device.SetGuestCid(3)).Message, StringComparison.Ordinal);
        Assert.Contains("VHOST_SET_VRING_CALL(ring 1, none)", Assert.Throws<LinuxException>(() => device.SetRingCall(1, null)).Message, StringComparison.Ordinal);
    }
}
