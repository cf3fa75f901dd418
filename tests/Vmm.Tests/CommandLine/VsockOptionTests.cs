using Vmm.Configuration;

namespace Vmm.Tests.CommandLine;

public sealed class VsockOptionTests
{
    public static TheoryData<string[], VsockConfig> Forms => new()
    {
        { ["--vsock", "7"], new VsockConfig { Cid = 7 } },
        { ["--vsock", "cid=0x10,device=/dev/other"], new VsockConfig { Cid = 16, DevicePath = "/dev/other" } },
        { ["--vsock", "cid=3,uds=/run/v,pcap=/tmp/v.pcap"], new VsockConfig { Cid = 3, SocketPath = "/run/v", CapturePath = "/tmp/v.pcap" } },
        { ["--cid", "4294967294"], new VsockConfig { Option = "--cid", Cid = 4294967294 } },
        { ["--cid", "9", "--vhost-vsock-device", "/dev/x"], new VsockConfig { Option = "--cid", Cid = 9, DevicePath = "/dev/x" } },
        { ["--cid", "9", "--vhost-vsock-fd", "5"], new VsockConfig { Option = "--cid", Cid = 9, DevicePath = "/proc/self/fd/5" } },
        { ["--vsock", "cid=9", "--vhost-vsock-fd=5"], new VsockConfig { Cid = 9, DevicePath = "/proc/self/fd/5" } },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_says_what_serves_the_guests_address(string[] args, VsockConfig expected) =>
        Assert.Equal(expected, CommandLineUnderTest.Run([.. args, "Image"]).Vsock);

    [Fact]
    public void Without_the_option_there_is_no_socket_device() => Assert.Null(CommandLineUnderTest.Run("Image").Vsock);

    [Theory]
    [InlineData("--vsock: a guest cannot have CID 2; 3 to 4294967294 are possible", "--vsock", "2")]
    [InlineData("--cid: a guest cannot have CID 0; 3 to 4294967294 are possible", "--cid", "0")]
    [InlineData("--cid: a guest cannot have CID 4294967295; 3 to 4294967294 are possible", "--cid", "4294967295")]
    [InlineData("--cid: '-1' is not a number (decimal or 0x hexadecimal)", "--cid", "-1")]
    [InlineData("--vsock: cid= is missing", "--vsock", "uds=/run/v")]
    [InlineData("--vsock: device= and uds= exclude each other: either the kernel serves the connections or vmm does", "--vsock", "3,device=/dev/a,uds=/b")]
    [InlineData(
        "--vsock: pcap= goes with uds=; what the kernel serves is captured on the host: ip link add type vsockmon, tshark -i vsockmon0", "--vsock", "3,pcap=/a")]
    [InlineData("--cid and --vsock both give the VM its vsock device; leave one out", "--cid", "3", "--vsock", "3")]
    [InlineData("--vhost-vsock-fd: the guest needs a CID: add --cid N", "--vhost-vsock-fd", "3")]
    [InlineData("--vhost-vsock-fd: 'x' is not the number of a descriptor", "--cid", "3", "--vhost-vsock-fd", "x")]
    [InlineData("--vsock: max-queue-sizes is a key of crosvm that vmm does not have yet", "--vsock", "3,max-queue-sizes=[256,256,256]")]
    public void A_wrong_socket_device_is_refused_in_one_line(string expected, params string[] args) =>
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal([.. args, "Image"]));

    [Fact]
    public void A_path_that_has_no_room_for_a_port_is_refused_with_its_length()
    {
        string path = new('p', 97);
        Assert.Equal(
            $"--vsock: uds={path} has 97 bytes; at most 96 are possible, for a port is added to it",
            CommandLineUnderTest.RunRefusal("--vsock", $"3,uds={path}", "Image"));
    }
}
