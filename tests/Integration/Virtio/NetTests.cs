using Integration.Guests;
using Integration.Hosts;

namespace Integration.Virtio;

/// <summary>Network cards with Linux as their driver: on a tap, moved by vmm or by vhost-net, and at passt.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class NetTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string TapOptions = "host-ip=10.77.0.1,netmask=255.255.255.0,mac=02:00:00:00:00:01";
    private const string Network = "ip link set lo up; ip link set eth0 up; ip addr add 10.77.0.2/24 dev eth0; ";

    // Who asks passt for an address gets the host's; what passt has as the gateway leads to the host's loopback.
    private const string Dhcp = """
        ip link set lo up; ip link set eth0 up
        cat >/tmp/dhcp <<'X'
        #!/bin/sh
        [ "$1" = bound ] && ip addr add "$ip/24" dev eth0 && ip route add default via "$router"
        X
        chmod +x /tmp/dhcp
        udhcpc -i eth0 -n -q -s /tmp/dhcp >/tmp/dhcp.log 2>&1 || cat /tmp/dhcp.log
        gateway=$(ip route | sed -n 's/default via \([^ ]*\).*/\1/p')
        """;

    private const string ServeFiles = """
        head -c 8000000 /dev/urandom >$W/data
        socat -u FILE:$W/data TCP-LISTEN:9000,reuseaddr & socat -u TCP-LISTEN:9001,reuseaddr CREATE:$W/back & wait
        sha256sum <$W/data; sha256sum <$W/back
        """;

    /// <summary>Gets a file from the host and sends it back.</summary>
    private static string Transfer(string host) => $"""
        /usr/bin/socat -u TCP:{host}:9000,retry=20 CREATE:/tmp/data
        /usr/bin/socat -u FILE:/tmp/data TCP:{host}:9001,retry=20
        echo '== transferred'; sha256sum </tmp/data
        """;

    [Theory]
    [InlineData("", 1)]
    [InlineData(",packed-queue,mtu=4000", 1)]
    [InlineData(",vhost-net", 1)]
    [InlineData(",vq-pairs=2", 2)]
    [InlineData(",vq-pairs=2,vhost-net", 2)]
    public async Task A_tap_carries_pings_and_a_file_both_ways(string options, int pairs)
    {
        await using HostProcess files = Work.Start(ServeFiles);
        files.CloseInput();
        LinuxRun run = await new LinuxGuest(
            $"""
            {Network}
            echo '== address'; cat /sys/class/net/eth0/address
            echo '== mtu'; cat /sys/class/net/eth0/mtu
            echo '== queues'; ls -d /sys/class/net/eth0/queues/rx-* | wc -l
            echo '== ping'; ping -c 3 10.77.0.1 | tail -n 2
            {Transfer("10.77.0.1")}
            """)
        { Cpus = "2", Modules = true, Tools = true, Options = $"--net {TapOptions}{options}" }.Run(Work);

        run.ShouldEndWith(0);
        CommandResult sent = await files.End(TimeSpan.FromSeconds(30));
        Assert.Equal("02:00:00:00:00:01", run.Section("address"));
        Assert.Equal(options.Contains("mtu", StringComparison.Ordinal) ? "4000" : "1500", run.Section("mtu"));
        Assert.Equal($"{pairs}", run.Section("queues"));
        Assert.Contains("3 packets transmitted, 3 packets received", run.Section("ping"), StringComparison.Ordinal);
        string[] sums = sent.Output.Trim().Split('\n');
        Assert.Equal(2, sums.Length);
        Assert.Equal(sums[0], sums[1]);
        Assert.Equal(sums[0], run.Section("transferred"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",vhost-net")]
    public async Task A_tap_that_is_deleted_is_a_link_that_is_down_and_the_vm_goes_on(string options)
    {
        await using HostProcess guest = await new LinuxGuest(
            """
            until_carrier() { for i in $(seq 200); do [ "$(cat /sys/class/net/eth0/carrier)" = $1 ] && break; sleep 0.1; done; }
            ip link set eth0 up; echo "== start $(cat /sys/class/net/eth0/carrier)"
            until_carrier 1; echo "== up $(cat /sys/class/net/eth0/carrier)"
            until_carrier 0; echo "== gone $(cat /sys/class/net/eth0/carrier)"
            """)
        { Modules = true, Options = $"--net tap-name=vmt1,mac=02:00:00:00:00:01{options}" }.Start(Work);
        await guest.Expect("== start 0");
        (await Work.Run("/usr/bin/ip link set vmt1 up")).ShouldExitWith(0);
        await guest.Expect("== up 1");
        (await Work.Run("/usr/bin/ip link delete vmt1")).ShouldExitWith(0);
        LinuxRun run = (await LinuxGuest.End(guest)).ShouldEndWith(0);
        Assert.Contains("== gone 0", run.Console, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Passt_gives_a_user_without_privileges_the_hosts_network()
    {
        await PreparePasst();
        await using HostProcess files = Work.Start(ServeFiles);
        files.CloseInput();
        LinuxRun run = await new LinuxGuest($"{Dhcp}\necho '== gateway'; echo $gateway\n{Transfer("$gateway")}")
        { Modules = true, Tools = true, User = Work.Host.OtherUser, Options = "--net type=passt,mac=02:00:00:00:00:01" }.Run(Work);

        // passt may have something to say about a host without name servers.
        Assert.True(run is { VmmStatus: 0, CommandStatus: 0 }, $"{run}");
        string[] sums = (await files.End(TimeSpan.FromSeconds(30))).Output.Trim().Split('\n');
        Assert.Equal(sums[0], sums[1]);
        Assert.Equal(sums[0], run.Section("transferred"));
    }

    [SkippableFact]
    public async Task A_port_that_passt_forwards_leads_into_the_guest()
    {
        await PreparePasst();
        await using HostProcess guest = await new LinuxGuest($"{Dhcp}\n/usr/bin/socat -u TCP-LISTEN:9002 CREATE:/tmp/data & sleep 0.5; echo go on; wait; echo '== received'; cat /tmp/data")
        { Modules = true, Tools = true, User = Work.Host.OtherUser, Options = "--net type=passt,ports=9012:9002" }.Start(Work);
        await guest.Expect("go on");
        (await Work.Run("echo from outside | socat -u - TCP:127.0.0.1:9012")).ShouldExitWith(0);
        LinuxRun run = await LinuxGuest.End(guest);
        Assert.True(run is { VmmStatus: 0, CommandStatus: 0 }, $"{run}");
        Assert.Equal("from outside", run.Section("received"));
    }

    [SkippableFact]
    public async Task A_passt_that_is_killed_is_a_link_that_is_down_and_none_is_left_behind()
    {
        await PreparePasst();
        await using HostProcess guest = await new LinuxGuest(
            """
            ip link set eth0 up; echo "== before $(cat /sys/class/net/eth0/carrier)"; echo "go on"
            for i in $(seq 200); do [ "$(cat /sys/class/net/eth0/carrier)" = 0 ] && break; sleep 0.1; done
            echo "== after $(cat /sys/class/net/eth0/carrier)"
            """)
        { Modules = true, User = Work.Host.OtherUser, Options = "--net type=passt" }.Start(Work);
        await guest.Expect("go on");
        (await Work.Run("kill -9 $(pidof passt)")).ShouldExitWith(0);
        LinuxRun run = await LinuxGuest.End(guest);
        Assert.Equal(0, run.VmmStatus);
        Assert.Contains("== after 0", run.Console, StringComparison.Ordinal);
        Assert.Contains("net 1: the back end", run.Error, StringComparison.Ordinal);
    }

    private async Task PreparePasst()
    {
        Skip.If(Work.Host.OtherUser is null, "needs root and a second user, which only the host VM gives");
        // The host VM has no way out, but passt wants one to take over.
        await Work.Run("/usr/bin/ip route show default | grep -q . || /usr/bin/ip route add default via 10.0.2.2");
    }
}
