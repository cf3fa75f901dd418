using System.Net;
using Virtio.Net;
using Vmm.Configuration;

namespace Vmm.Tests.CommandLine;

public sealed class NetOptionTests
{
    [Fact]
    public void Every_way_to_a_network_has_its_keys()
    {
        var cards = CommandLineUnderTest.Run(
            "--net", "tap-name=tap0,mac=02:00:00:00:00:0a,vq-pairs=4,mtu=1400,vhost-net",
            "--net", "tap-fd=5,vhost-net=[device=/dev/vhost-net-2]",
            "--net", "host-ip=10.0.0.1,netmask=255.255.255.0,packed-queue",
            "--net", "type=passt,ports=8080:80,udp-ports=53",
            "--net", "type=passt,socket=/run/passt.sock",
            "Image").Net;

        Assert.Equal(
            [
                new NetConfig
                {
                    Backend = NetBackend.TapName, TapName = "tap0", Mac = new MacAddress(0x02000000000a), QueuePairs = 4, Mtu = 1400,
                    VhostNetDevice = "/dev/vhost-net",
                },
                new NetConfig { Backend = NetBackend.TapFd, TapFd = 5, VhostNetDevice = "/dev/vhost-net-2" },
                new NetConfig
                {
                    Backend = NetBackend.NewTap, HostIp = IPAddress.Parse("10.0.0.1"), Netmask = IPAddress.Parse("255.255.255.0"), PackedQueue = true,
                },
                new NetConfig { Backend = NetBackend.Passt, TcpPorts = "8080:80", UdpPorts = "53" },
                new NetConfig { Backend = NetBackend.Passt, PasstSocket = "/run/passt.sock" },
            ],
            cards);
    }

    [Fact]
    public void The_older_options_describe_cards_too()
    {
        var cards = CommandLineUnderTest.Run(
            "--tap-name", "a", "--tap-fd", "7", "--host-ip", "10.0.0.1", "--netmask", "255.0.0.0", "--mac", "02:00:00:00:00:01", "--net-vq-pairs", "2",
            "--vhost-net", "--vhost-net-device", "/dev/other", "Image").Net;

        Assert.Equal([NetBackend.TapName, NetBackend.TapFd, NetBackend.NewTap], cards.Select(static card => card.Backend));
        Assert.All(cards, static card => Assert.Equal((2UL, "/dev/other"), (card.QueuePairs, card.VhostNetDevice)));
    }

    [Theory]
    [InlineData("--net", "mac=02:00:00:00:00:01", "needs one of tap-name=")]
    [InlineData("--net", "tap-name=a,tap-fd=5", "needs one of tap-name=")]
    [InlineData("--net", "type=passt,tap-name=a", "needs one of tap-name=")]
    [InlineData("--net", "tap-name=abcdefghijklmnop", "a name has 1 to 15 bytes")]
    [InlineData("--net", "tap-fd=2", "no number of a descriptor")]
    [InlineData("--net", "tap-name=a,mac=02:00:00:00:00", "is not of the form")]
    [InlineData("--net", "tap-name=a,mac=03:00:00:00:00:00", "group address")]
    [InlineData("--net", "tap-name=a,mac=00:00:00:00:00:00", "group address or zero")]
    [InlineData("--net", "tap-name=a,vq-pairs=0", "1 to 16 are possible")]
    [InlineData("--net", "tap-name=a,vq-pairs=17", "1 to 16 are possible")]
    [InlineData("--net", "tap-name=a,mtu=67", "68 to 65535")]
    [InlineData("--net", "tap-name=a,packed-queue,vhost-net", "split queues only")]
    [InlineData("--net", "host-ip=10.0.0.1", "belong together")]
    [InlineData("--net", "host-ip=10.0.0,netmask=255.0.0.0", "no IPv4 address")]
    [InlineData("--net", "tap-name=a,socket=/x", "belongs to type=passt")]
    [InlineData("--net", "type=passt,vhost-net", "belong to a tap")]
    [InlineData("--net", "type=passt,socket=/x,ports=80", "passt runs already")]
    [InlineData("--net", "type=slirp", "tap|passt")]
    [InlineData("--mac", "02:00:00:00:00:01", "all three are needed")]
    [InlineData("--vhost-user", "type=fs", "no socket=")]
    [InlineData("--vhost-user", "socket=/x", "no type=")]
    [InlineData("--vhost-user", "gpu,socket=/x", "does not have yet")]
    [InlineData("--vhost-user", "fs,socket=/x,max-queue-size=100", "power of two")]
    [InlineData("--vhost-user", "fs,socket=/x,max-queue-size=2048", "power of two up to 1024")]
    [InlineData("--vhost-user", "net,socket=/x,tag=a", "belongs to type=fs")]
    [InlineData("--vhost-user", "fs,socket=/x,mac=02:00:00:00:00:01", "belongs to type=net")]
    [InlineData("--vhost-user-connect-timeout-ms", "soon", "is not a number")]
    public void What_cannot_be_is_refused_with_the_reason(string option, string value, string reason) =>
        Assert.Contains(reason, CommandLineUnderTest.Refusal("run", option, value, "Image"), StringComparison.Ordinal);

    [Theory]
    [InlineData("--net", "type=passt")]
    [InlineData("--vhost-user", "fs,socket=/x")]
    public void A_protected_vm_shares_its_memory_with_nobody(string option, string value) =>
        Assert.Contains(
            "a protected VM's memory cannot be shared",
            CommandLineUnderTest.Refusal("run", "--protected-vm-without-firmware", option, value, "Image"),
            StringComparison.Ordinal);

    [Fact]
    public void A_folder_of_the_older_option_has_its_tag_behind_a_colon_or_a_key()
    {
        var devices = CommandLineUnderTest.Run(
            "--vhost-user-fs", "/a:work", "--vhost-user-fs", "/b,tag=play", "--vhost-user-fs", "/c:d/e", "--vhost-user-blk", "/f", "Image").VhostUser;

        Assert.Equal(["/a", "/b", "/c:d/e", "/f"], devices.Select(static device => device.Socket));
        Assert.Equal(["work", "play", null, null], devices.Select(static device => device.Tag));
        Assert.Equal(VhostUserDeviceType.Block, devices[^1].Type);
    }
}
