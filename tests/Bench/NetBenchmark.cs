using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>TCP between a guest and an iperf3 on its host, by a tap interface and by passt.</summary>
internal static class NetBenchmark
{
    /// <summary>The tap that <see cref="StartHost"/> makes.</summary>
    internal const string Tap = "benchtap";
    private const string PasstSocket = "/tmp/bench-passt.sock";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    /// <summary>The ways, and for each its name, what vmm and what QEMU are told, and what the guest is told.</summary>
    internal static readonly (string Name, string[] Vmm, string[] Qemu, string Parameters)[] Ways =
    [
        (
            "vhost-net",
            ["--net", $"tap-name={Tap},vhost-net"],
            ["-netdev", $"tap,id=net,ifname={Tap},script=no,downscript=no,vhost=on", "-device", "virtio-net-pci,netdev=net,romfile="],
            "bench.net=10.78.0.2,10.78.0.1 bench.mtu=1500"),
        (
            "tap",
            ["--net", $"tap-name={Tap}"],
            ["-netdev", $"tap,id=net,ifname={Tap},script=no,downscript=no,vhost=off", "-device", "virtio-net-pci,netdev=net,romfile="],
            "bench.net=10.78.0.2,10.78.0.1 bench.mtu=1500"),
        (
            "passt",
            ["--net", $"type=passt,socket={PasstSocket}", "--vhost-user-connect-timeout-ms", "10000"],
            [
                "-object", "memory-backend-memfd,id=ram,size=512M,share=on", "-machine", "memory-backend=ram",
                "-chardev", $"socket,id=passt,path={PasstSocket}", "-netdev", "vhost-user,id=net,chardev=passt",
                "-device", "virtio-net-pci,netdev=net,romfile=",
            ],
            // passt takes whole segments of 64 KiB, and tells so by DHCP.
            "bench.net=10.78.1.2,10.78.1.1 bench.mtu=65520"),
    ];

    /// <summary>Makes the tap interface and starts the iperf3 that guests talk to.</summary>
    internal static Process StartHost()
    {
        Run("/usr/bin/ip", "tuntap add", "tuntap", "add", Tap, "mode", "tap");
        Run("/usr/bin/ip", "addr add", "addr", "add", "10.78.0.1/24", "dev", Tap);
        Run("/usr/bin/ip", "link set", "link", "set", Tap, "up");
        return Process.Start(new ProcessStartInfo("/usr/bin/iperf3", ["-s"]) { RedirectStandardOutput = true })!;
    }

    /// <summary>Undoes it.</summary>
    internal static void EndHost(Process server)
    {
        server.Kill();
        server.WaitForExit();
        Run("/usr/bin/ip", "link delete", "link", "delete", Tap);
    }

    /// <summary>Boots the guest of tests/Bench/net and reads its lines: Mbit/s by direction.</summary>
    internal static IReadOnlyDictionary<string, double> Measure(Contender contender, bool passt)
    {
        using Process? back = passt ? StartPasst() : null;
        using Process process = contender.Start();
        using var watchdog = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        Dictionary<string, double> rates = [];
        List<string> console = [];
        try
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                console.Add(line);
                if (line.Trim().Split(' ') is ["bench:", "net", var direction, var rate])
                {
                    rates[direction] = double.Parse(rate, CultureInfo.InvariantCulture);
                }
            }

            return rates.Count == 2
                ? rates
                : throw new InvalidDataException($"{contender.Name}'s guest measured no network: {string.Join('\n', console.TakeLast(20))}");
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
            back?.Kill();
            back?.WaitForExit();
        }
    }

    private static Process StartPasst() => BackEnd.Start(
        PasstSocket,
        "/usr/bin/passt",
        [
            "--foreground", "--quiet", "--one-off", "--vhost-user", "--socket", PasstSocket, "--address", "10.78.1.2", "--netmask", "24",
            "--gateway", "10.78.1.1", "--map-host-loopback", "10.78.1.1", "--ipv4-only", "--tcp-ports", "none", "--udp-ports", "none",
        ]);

    private static void Run(string program, string what, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidDataException($"{program} {what} {Tap} failed with status {process.ExitCode}");
        }
    }
}
