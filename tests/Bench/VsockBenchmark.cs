using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>Sockets between a guest and its host: the round trip of one byte and the rate of a stream, both ways, with tests/Peer on both ends.</summary>
internal static class VsockBenchmark
{
    private const string Cid = "42";
    private const string SocketPath = "/tmp/bench-vsock";
    private const string BackEndSocket = "/tmp/bench-vsock-back-end";
    private const string Mebibytes = "128"; // a second at least
    private const string Pings = "500";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    /// <summary>What the guest is told.</summary>
    internal const string Parameters = $"bench.mebibytes={Mebibytes}";

    /// <summary>The ways, and for each its name, what vmm and what QEMU are told. QEMU has Unix sockets by vhost-device-vsock.</summary>
    internal static readonly (string Name, string[] Vmm, string[] Qemu, bool UnixSockets)[] Ways =
    [
        ("vhost-vsock", ["--cid", Cid], ["-device", $"vhost-vsock-pci,guest-cid={Cid},romfile="], false),
        (
            "Unix sockets",
            ["--vsock", $"cid={Cid},uds={SocketPath}"],
            [
                "-object", "memory-backend-memfd,id=ram,size=512M,share=on", "-machine", "memory-backend=ram",
                "-chardev", $"socket,id=vsock,path={BackEndSocket}", "-device", "vhost-user-vsock-pci,chardev=vsock,romfile=",
            ],
            true),
    ];

    /// <summary>Boots the guest of tests/Bench/vsock.</summary>
    /// <returns>
    /// Microseconds of a round trip and MiB in a second, by direction: <c>guest to host ping</c>. <c>guest to host send</c> is missing where QEMU's
    /// back end did not carry it.
    /// </returns>
    /// <param name="files">What is measured with.</param>
    /// <param name="contender">Runs the guest.</param>
    /// <param name="unixSockets">Whether the host's ends are Unix sockets.</param>
    internal static IReadOnlyDictionary<string, double> Measure(BenchFiles files, Contender contender, bool unixSockets)
    {
        using Process? back = unixSockets && contender.Program != files.Vmm ? StartBackEnd(files) : null;
        string here = unixSockets ? $"unix:{SocketPath}_" : "vsock:4294967295:";
        string there = unixSockets ? $"uds:{SocketPath}:" : $"vsock:{Cid}:";
        using Process echo = Start(files, "echo", $"{here}70");
        using Process sink = Start(files, "sink", $"{here}71", Mebibytes);
        using Process guest = contender.Start();
        using var watchdog = new Timer(_ => guest.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        Dictionary<string, double> results = [];
        List<string> console = [];
        try
        {
            while (guest.StandardOutput.ReadLine() is { } line)
            {
                console.Add(line);
                if (line.Trim().Split(' ') is ["bench:", "vsock", var test, var value])
                {
                    if (test == "done")
                    {
                        break;
                    }

                    Add(results, "guest to host", test, value);
                    if (test == "ping")
                    {
                        Add(results, "host to guest", Run(files, "ping", $"{there}80", Pings));
                        Add(results, "host to guest", Run(files, "push", $"{there}81", Mebibytes));
                    }
                }
            }

            // vhost-device-vsock 0.3 stops in the middle of what a guest sends.
            return results.Count == 4 || (back is not null && results.Count == 3)
                ? results
                : throw new InvalidDataException($"{contender.Name}'s guest measured no sockets: {string.Join('\n', console.TakeLast(20))}");
        }
        finally
        {
            End(guest);
            End(echo);
            End(sink);
            if (back is not null)
            {
                End(back);
            }
        }
    }

    private static Process StartBackEnd(BenchFiles files)
    {
        File.Delete(SocketPath);
        return BackEnd.Start(BackEndSocket, files.VsockBackEnd, ["--guest-cid", Cid, "--socket", BackEndSocket, "--uds-path", SocketPath]);
    }

    private static void Add(Dictionary<string, double> results, string direction, string line)
    {
        if (line.Trim().Split(' ') is [var test, var value])
        {
            Add(results, direction, test, value);
        }
    }

    private static void Add(Dictionary<string, double> results, string direction, string test, string value)
    {
        double number = double.Parse(value, CultureInfo.InvariantCulture);
        results[$"{direction} {test}"] = test == "ping" ? number / 1000 : number / 1048576;
    }

    private static Process Start(BenchFiles files, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(files.Peer, arguments) { RedirectStandardOutput = true })!;

    private static string Run(BenchFiles files, params string[] arguments)
    {
        using Process process = Start(files, arguments);
        using var watchdog = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidDataException($"peer {string.Join(' ', arguments)}: exit status {process.ExitCode}");
    }

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}
