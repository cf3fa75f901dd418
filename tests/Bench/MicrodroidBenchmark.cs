using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>
/// The Microdroid-style guest: from the execution of <c>vm</c> to a payload that is ready, against the same guest under QEMU; memory in the guest and on the
/// host; Binder RPC with payloads against plain sockets.
/// </summary>
/// <param name="files">The programs.</param>
/// <param name="runs">How often each is measured.</param>
/// <param name="say">Told what is measured.</param>
internal sealed class MicrodroidBenchmark(BenchFiles files, int runs, Action<string> say) : IDisposable
{
    private const string PayloadApk = "c-payload.apk";
    private const string SocketsApk = "bench-sockets.apk";
    private const string ConfigPath = "assets/vm_config.json";
    private const long MostUsedBytes = 128 << 20;
    private const string Pings = "500";
    private const string Mebibytes = "32";
    private const double Mebibyte = 1048576;

    // Long enough for everybody to have nothing left to do.
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private static readonly (string Name, string Apk, string[] Payload, uint Port)[] s_services =
    [
        ("C payload", PayloadApk, ["--payload-binary-name", "c-payload.so"], 5678),
        (".NET payload", "dotnet-payload.apk", ["--config-path", ConfigPath], 5679),
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("bench-microdroid-").FullName;

    /// <summary>Whether this host has protected VMs.</summary>
    private static bool CanProtect => File.ReadAllText("/proc/cmdline").Contains("kvm-arm.mode=protected", StringComparison.Ordinal);

    private static bool[] Kinds => CanProtect ? [false, true] : [false];

    /// <summary>Measures everything.</summary>
    internal IEnumerable<Measure> Run()
    {
        foreach (Func<List<Measure>> part in (Func<List<Measure>>[])[Starts, Memory, Calls])
        {
            foreach (Measure measure in part())
            {
                // Each part takes minutes: what is known should not go with a later one that fails.
                say(string.Create(CultureInfo.InvariantCulture, $"{measure.Name}: {measure.Vmm:f1} {measure.Unit}{(measure.Other is { } other ? $" against {other:f1}" : "")}"));
                yield return measure;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private List<Measure> Starts()
    {
        List<GuestTimes> qemu = [];
        Dictionary<bool, List<GuestTimes>> ours = Kinds.ToDictionary(static kind => kind, static _ => new List<GuestTimes>());
        (VmmWords words, string[] disks) = TakeGuest();
        // The first round brings files into the page cache and makes the protected guest's instance.
        for (int run = 0; run <= runs; run++)
        {
            foreach (bool isProtected in Kinds)
            {
                Say($"{Name(isProtected)} to its payload", run);
                Keep(ours[isProtected], Start(isProtected), run);
            }

            Say("QEMU's guest to its manager", run);
            Keep(qemu, MicrodroidQemu.Run(files, words, disks), run);
        }

        List<Measure> measures = [];
        double[] theirs = Until(qemu, GuestPhase.Manager);
        foreach (bool isProtected in Kinds)
        {
            // Protection is more than what QEMU does.
            double? most = isProtected ? null : 1;
            List<GuestTimes> times = ours[isProtected];
            measures.Add(Measure.Against("QEMU, manager", $"{Name(isProtected)}: exec to payload ready", "ms", Until(times, GuestPhase.Ready), theirs, most));
            measures.Add(Measure.Against("QEMU", $"{Name(isProtected)}: exec to manager started", "ms", Until(times, GuestPhase.Manager), theirs));
            measures.AddRange(Enum.GetValues<GuestPhase>().Where(phase => times.TrueForAll(run => run.Has(phase))).Select(phase => Phase(isProtected, phase, times, qemu)));
        }

        return measures;
    }

    private static Measure Phase(bool isProtected, GuestPhase phase, List<GuestTimes> ours, List<GuestTimes> qemu)
    {
        string name = $"{Name(isProtected)}: {phase switch
        {
            GuestPhase.Virtmgr => "vm to virtmgr's exec",
            GuestPhase.Vmm => "virtmgr to vmm's exec",
            GuestPhase.FirstRun => "vmm's exec to first KVM_RUN",
            GuestPhase.Drivers => "first KVM_RUN to kernel's drivers",
            GuestPhase.Init => "kernel's drivers to init",
            GuestPhase.System => "init to system mounted",
            GuestPhase.Manager => "system mounted to manager started",
            GuestPhase.Payload => "manager started to payload started",
            _ => "payload started to payload ready",
        }}";
        double[] times = [.. ours.Select(run => run.Of(phase))];
        return phase is >= GuestPhase.FirstRun and <= GuestPhase.Manager && qemu.TrueForAll(run => run.Has(phase))
            ? Measure.Against("QEMU", name, "ms", times, [.. qemu.Select(run => run.Of(phase))])
            : Measure.Alone(name, "ms", times);
    }

    /// <summary>What a guest's VMM was told, and its disks.</summary>
    private (VmmWords Words, string[] Disks) TakeGuest()
    {
        say("taking a guest's disks");
        using MicrodroidGuest guest = Payload(s_services[0], isProtected: false);
        guest.WaitFor("its payload", GuestTimes.IsReady);
        int vmm = guest.Processes.Vmm;
        var words = VmmWords.Of(vmm);
        string[] disks = [.. words.Disks.Select((disk, i) =>
        {
            string raw = Path.Combine(_directory, $"disk-{i.ToString(CultureInfo.InvariantCulture)}.raw");
            RawDisks.Take(files.Bench, vmm, disk.Path, raw);
            return raw;
        })];
        return (words, disks);
    }

    private GuestTimes Start(bool isProtected)
    {
        using var trace = new KernelTrace(TraceEnd.FirstEntry);
        using MicrodroidGuest guest = Payload(s_services[0], isProtected);
        guest.WaitFor("its payload", GuestTimes.IsReady);
        (int vm, int virtmgr, int vmm) = guest.Processes;
        GuestTimes times = new(KernelTrace.ExecTime(vm));
        times.Add(GuestPhase.Virtmgr, KernelTrace.ExecTime(virtmgr));
        times.Add(GuestPhase.Vmm, KernelTrace.ExecTime(vmm));
        times.Add(GuestPhase.FirstRun, KernelTrace.EntryTime());
        times.Add(guest.Lines);
        return times;
    }

    private List<Measure> Memory()
    {
        List<Measure> measures = [];
        foreach (bool isProtected in Kinds)
        {
            List<double> used = [], kept = [];
            List<double>[] host = [[], [], []];
            for (int run = 1; run <= runs; run++)
            {
                Say($"memory of {Name(isProtected)}", run);
                using MicrodroidGuest guest = new(files, _directory, isProtected, SocketsApk, "--config-path", ConfigPath);
                guest.WaitFor("its payload's words", static line => line.Contains("bench: memory told", StringComparison.Ordinal));
                var inGuest = GuestMemoryUse.Parse(guest.Lines.Select(static line => line.Text));
                Thread.Sleep(s_idleTime);
                (int vm, int virtmgr, int vmm) = guest.Processes;
                long given = (long)VmmWords.Of(vmm).MemoryMib << 20;
                used.Add(inGuest.UsedBytes / Mebibyte);
                kept.Add((given - inGuest.TotalBytes) / Mebibyte);
                host[0].Add(MemoryUse.Of(vm).ProportionalBytes / Mebibyte);
                host[1].Add(MemoryUse.Of(virtmgr).ProportionalBytes / Mebibyte);
                host[2].Add(MemoryUse.Of(vmm, given).ProportionalBytes / Mebibyte);
            }

            string name = Name(isProtected);
            measures.Add(Measure.Below(MostUsedBytes / Mebibyte, $"{name}: used in the guest before the payload", "MiB", used));
            measures.Add(Measure.Alone($"{name}: given, but not the guest's to use", "MiB", kept));
            measures.Add(Measure.Alone($"{name}: PSS on the host beyond guest memory", "MiB", [.. Enumerable.Range(0, runs).Select(i => host.Sum(runs => runs[i]))]));
            measures.AddRange(((string[])["vm", "virtmgr", "vmm"]).Select((program, i) => Measure.Alone($"{name}: of it {program}", "MiB", host[i])));
        }

        return measures;
    }

    private List<Measure> Calls()
    {
        IReadOnlyDictionary<string, double>[] sockets = Sockets();
        double[] Plain(string figure) => [.. sockets.Select(run => run[figure])];
        List<Measure> measures = [];
        foreach ((string Name, string Apk, string[] Payload, uint Port) service in s_services)
        {
            List<IReadOnlyDictionary<string, double>> results = [];
            using MicrodroidGuest guest = Payload(service, isProtected: false);
            guest.WaitFor("its payload", GuestTimes.IsReady);
            for (int run = 1; run <= runs; run++)
            {
                Say($"Binder RPC with the {service.Name}", run);
                results.Add(Ask(files.VmClient, "bench", Text(guest.Cid), Text(service.Port)));
            }

            double[] Of(string figure, double unit) => [.. results.Select(run => run[figure] / unit)];
            double[] calls = [.. Of("round-trip", 1e9).Select(static seconds => 1 / seconds)];
            string name = $"Binder RPC, {service.Name}";
            measures.Add(Measure.Against("plain ping", $"{name}: call", "µs", Of("round-trip", 1000), [.. Plain("ping").Select(static time => time / 1000)]));
            measures.Add(Measure.Alone($"{name}: 1 thread", "calls/s", calls));
            measures.Add(Measure.Alone($"{name}: 8 threads", "calls/s", Of("calls", 1)));
            measures.Add(Measure.Against("plain send", $"{name}: 96 KiB there and back", "MiB/s", Of("echo", Mebibyte), [.. Plain("send").Select(static rate => rate / Mebibyte)]));
        }

        return measures;
    }

    /// <summary>Plain sockets to the same guest.</summary>
    private IReadOnlyDictionary<string, double>[] Sockets()
    {
        using MicrodroidGuest guest = new(files, _directory, isProtected: false, SocketsApk, "--config-path", ConfigPath);
        guest.WaitFor("its payload's words", static line => line.Contains("bench: memory told", StringComparison.Ordinal));
        List<IReadOnlyDictionary<string, double>> results = [];
        for (int run = 1; run <= runs; run++)
        {
            Say("plain sockets to the guest", run);
            Dictionary<string, double> figures = new(Ask(files.Peer, "ping", $"vsock:{guest.Cid}:7080", Pings));
            figures["send"] = Ask(files.Peer, "send", $"vsock:{guest.Cid}:7081", Mebibytes)["send"];
            results.Add(figures);
        }

        return [.. results];
    }

    private static IReadOnlyDictionary<string, double> Ask(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        using var watchdog = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? PeerFigures.Parse(output)
            : throw new InvalidDataException($"{Path.GetFileName(program)} {string.Join(' ', arguments)}: exit status {process.ExitCode}: {output}");
    }

    private MicrodroidGuest Payload((string Name, string Apk, string[] Payload, uint Port) service, bool isProtected) =>
        new(files, _directory, isProtected, service.Apk, service.Payload);

    private void Say(string what, int run) => say($"{what}, {run} of {runs}");

    private static void Keep(List<GuestTimes> times, GuestTimes run, int number)
    {
        if (number > 0)
        {
            times.Add(run);
        }
    }

    private static double[] Until(IEnumerable<GuestTimes> times, GuestPhase phase) => [.. times.Select(run => run.Until(phase))];

    private static string Name(bool isProtected) => isProtected ? "Microdroid-style, protected" : "Microdroid-style";

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
