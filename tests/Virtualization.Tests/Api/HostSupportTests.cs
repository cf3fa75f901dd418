namespace Virtualization.Tests.Api;

public class HostSupportTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("kernel")]
    public void A_VM_needs_the_kernels_sockets(string? vsock) =>
        Assert.Equal(["/dev/kvm", "/dev/vhost-vsock"], HostSupport.Devices(vsock).Select(static device => device.Path));

    [Theory]
    [InlineData("unix")]
    [InlineData("what the service refuses")]
    public void A_VM_whose_VMM_carries_the_sockets_does_not_need_the_kernels(string vsock) =>
        Assert.Equal(["/dev/kvm"], HostSupport.Devices(vsock).Select(static device => device.Path));

    [Fact]
    public void A_device_that_is_missing_is_named_with_what_to_do()
    {
        VirtualMachineException refusal = Assert.Throws<VirtualMachineException>(() => HostSupport.RequireDevice("/dev/no-such-device", "load the module"));

        Assert.Equal("/dev/no-such-device does not exist: load the module", refusal.Message);
    }
}
