using System.Diagnostics;

namespace Bench;

/// <summary>All measurements, in one run on one host: the programs take turns, so that what disturbs one disturbs the other.</summary>
internal static class Benchmarks
{
    private static readonly string[] s_kernels = ["linux-6.1", "linux-6.12"];

    /// <summary>The parts, by the names that <c>--only</c> takes.</summary>
    internal static readonly string[] Parts = ["starts", "exits", "devices", "disks", "network", "sockets", "firmware", "microdroid"];

    /// <summary>Runs everything, or one part; prints on standard error what it is at.</summary>
    internal static Report Run(BenchFiles files, int runs, string? only)
    {
        List<Measure> measures = [];
        foreach (string part in Parts.Where(part => only is null || part == only))
        {
            measures.AddRange(part switch
            {
                "starts" => s_kernels.SelectMany(kernel => Starts(files, kernel, runs, withMemory: kernel == s_kernels[^1])),
                "exits" => Exits(files, runs),
                "devices" => Devices(files, runs),
                "disks" => Disks(files, runs),
                "network" => Networks(files, runs),
                "sockets" => Sockets(files, runs),
                "firmware" => Firmware(files, runs),
                _ => Microdroid(files, runs),
            });
        }

        string version = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        return new Report($"Linux {version}, {Environment.ProcessorCount} CPUs", runs, measures);
    }

    private static IEnumerable<Measure> Starts(BenchFiles files, string kernel, int runs, bool withMemory)
    {
        Contender[] contenders = [Contender.Vmm(files, kernel), Contender.Qemu(files, kernel)];
        List<double>[] firstRun = [[], []], userspace = [[], []], resident = [[], []], proportional = [[], []];
        // The first round only brings the files into the page cache.
        for (int run = 0; run <= runs; run++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                Say($"{kernel}: {contenders[i].Name} to its first KVM_RUN, {run} of {runs}");
                double seconds = StartBenchmark.ToFirstRun(contenders[i]);
                if (run > 0)
                {
                    firstRun[i].Add(seconds * 1000);
                }
            }
        }

        for (int run = 1; run <= runs; run++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                Say($"{kernel}: {contenders[i].Name} to userspace, {run} of {runs}");
                (double seconds, MemoryUse? memory) = StartBenchmark.ToUserspace(contenders[i], withMemory);
                userspace[i].Add(seconds * 1000);
                if (memory != null)
                {
                    resident[i].Add(memory.ResidentBytes / 1048576.0);
                    proportional[i].Add(memory.ProportionalBytes / 1048576.0);
                }
            }
        }

        yield return Measure.Against("QEMU", $"exec to first KVM_RUN, {kernel}", "ms", firstRun[0], firstRun[1], most: 1);
        yield return Measure.Against("QEMU", $"exec to userspace, {kernel}", "ms", userspace[0], userspace[1], most: 1);
        if (withMemory)
        {
            yield return Measure.Below(32, "RSS beyond guest memory, idle", "MiB", resident[0], ("QEMU", resident[1]));
            yield return Measure.Against("QEMU", "PSS beyond guest memory, idle", "MiB", proportional[0], proportional[1]);
        }
    }

    private static IEnumerable<Measure> Exits(BenchFiles files, int runs)
    {
        List<uint[]> inC = [];
        List<ExitRun> inVmm = [], collecting = [];
        for (int run = 1; run <= runs; run++)
        {
            Say($"MMIO exits, {run} of {runs}");
            inC.Add(ExitBenchmark.InC(files));
            inVmm.Add(ExitBenchmark.InVmm(files, collect: false));
            collecting.Add(ExitBenchmark.InVmm(files, collect: true));
        }

        double microseconds = 1e6 / inVmm[0].Frequency;
        double[] Each(IEnumerable<uint[]> samples, double share) => [.. samples.Select(ticks => Distribution.Percentile(ticks, share) * microseconds)];
        foreach ((string name, double share, double? most) in ((string, double, double?)[])[("p50", 0.5, 1.25), ("p99", 0.99, null), ("p99.99", 0.9999, null)])
        {
            yield return Measure.Against("C", $"MMIO exit, {name}", "µs", Each(inVmm.Select(r => r.Ticks), share), Each(inC, share), most);
        }

        string garbage = $"with {Distribution.Median(collecting.Select(r => (double)r.Collections)):f0} collections";
        foreach ((string name, double share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("p99.99", 0.9999)])
        {
            yield return Measure.Against("C", $"MMIO exit {garbage}, {name}", "µs", Each(collecting.Select(r => r.Ticks), share), Each(inC, share));
        }

        yield return Measure.Below(0, "allocated per exit", "bytes", [.. inVmm.Select(r => (double)r.AllocatedBytes / r.Ticks.Length)]);
    }

    /// <summary>Against the better of QEMU's two ways.</summary>
    private static List<Measure> Devices(BenchFiles files, int runs)
    {
        string kernel = s_kernels[^1];
        string disk = Path.GetTempFileName();
        using Process server = NetBenchmark.StartHost();
        try
        {
            using (FileStream file = File.OpenWrite(disk))
            {
                file.SetLength(16 << 20);
            }

            Contender[] contenders = [Contender.Vmm(files, kernel).WithAllDevices(files, disk), Contender.Qemu(files, kernel).WithAllDevices(files, disk)];
            List<double>[] resident = TakeTurns(
                contenders,
                runs,
                "memory with all devices",
                static contender => StartBenchmark.ToUserspace(contender, measureMemory: true).Memory!.ResidentBytes / 1048576.0);
            return [Measure.Below(40, "RSS beyond guest memory, all devices, idle", "MiB", resident[0], ("QEMU", resident[1]))];
        }
        finally
        {
            NetBenchmark.EndHost(server);
            File.Delete(disk);
        }
    }

    private static IEnumerable<Measure> Firmware(BenchFiles files, int runs)
    {
        yield return Measure.Below(256, "firmware's size", "KiB", [new FileInfo(files.Firmware).Length / 1024.0]);
        foreach (string option in FirmwareBenchmark.Options(files))
        {
            using var guest = new FirmwareBenchmark(files, option);
            List<double> times = [];
            // The first boot makes the instance, the others find it.
            for (int run = 0; run <= runs; run++)
            {
                Say($"firmware, {option}, {run} of {runs}");
                double seconds = guest.Run();
                if (run > 0)
                {
                    times.Add(seconds * 1000);
                }
            }

            yield return Measure.Alone($"first entry to the kernel, {option}", "ms", times);
        }
    }

    private static List<Measure> Microdroid(BenchFiles files, int runs)
    {
        using var benchmark = new MicrodroidBenchmark(files, runs, Say);
        return [.. benchmark.Run()];
    }

    private static IEnumerable<Measure> Disks(BenchFiles files, int runs)
    {
        string[] disks = BlockBenchmark.MakeDisks(files);
        try
        {
            string kernel = s_kernels[^1];
            Contender[] contenders =
            [
                Contender.Vmm(files, kernel).WithDisks(files, Contender.VmmDisks(disks)),
                Contender.Qemu(files, kernel).WithDisks(files, Contender.QemuDisks(disks, "io_uring")),
                Contender.Qemu(files, kernel).WithDisks(files, Contender.QemuDisks(disks, "threads")),
            ];
            List<BlockResult>[] results = [[], [], []];
            for (int run = 1; run <= runs; run++)
            {
                for (int i = 0; i < contenders.Length; i++)
                {
                    Say($"disks of {contenders[i].Name}, {run} of {runs}");
                    results[i].AddRange(BlockBenchmark.Run(contenders[i]));
                }
            }

            return [.. results[0].GroupBy(static r => (r.Place, r.Test)).SelectMany(group => Compare(group.Key.Place, group.Key.Test, results))];
        }
        finally
        {
            Array.ForEach(disks, File.Delete);
        }
    }

    private static IEnumerable<Measure> Compare(string place, string test, List<BlockResult>[] results)
    {
        double[] Of(int contender, Func<BlockResult, double> value) => [.. results[contender].Where(r => r.Place == place && r.Test == test).Select(value)];
        double[] uring = Of(1, static r => r.RequestsPerSecond), threads = Of(2, static r => r.RequestsPerSecond);
        int better = Distribution.Median(uring) >= Distribution.Median(threads) ? 1 : 2;
        yield return Measure.AtLeast(
            "QEMU", $"{test} on {place}", "requests/s", Of(0, static r => r.RequestsPerSecond), better == 1 ? uring : threads, least: 1);
        if (test.EndsWith("4k-1", StringComparison.Ordinal) || test.EndsWith("4k-32", StringComparison.Ordinal))
        {
            yield return Measure.Against(
                "QEMU", $"{test} on {place}", "exits/request", Of(0, static r => r.ExitsPerRequest), Of(better, static r => r.ExitsPerRequest));
        }
    }

    private static List<Measure> Networks(BenchFiles files, int runs)
    {
        string kernel = s_kernels[^1];
        using Process server = NetBenchmark.StartHost();
        try
        {
            List<Measure> measures = [];
            foreach ((string name, string[] vmm, string[] qemu, string parameters) in NetBenchmark.Ways)
            {
                Contender[] contenders =
                [
                    Contender.Vmm(files, kernel).WithNetwork(files, vmm, parameters),
                    Contender.Qemu(files, kernel).WithNetwork(files, qemu, parameters),
                ];
                List<IReadOnlyDictionary<string, double>>[] results = TakeTurns(
                    contenders, runs, $"network by {name}", contender => NetBenchmark.Measure(contender, passt: name == "passt"));
                measures.AddRange(results[0][0].Keys.Select(direction => Measure.AtLeast(
                    "QEMU",
                    $"TCP {direction} by {name}",
                    "Mbit/s",
                    [.. results[0].Select(rates => rates[direction])],
                    [.. results[1].Select(rates => rates[direction])],
                    least: 0.95)));
            }

            return measures;
        }
        finally
        {
            NetBenchmark.EndHost(server);
        }
    }

    private static List<Measure> Sockets(BenchFiles files, int runs)
    {
        string kernel = s_kernels[^1];
        List<Measure> measures = [];
        foreach ((string name, string[] vmm, string[] qemu, bool unixSockets) in VsockBenchmark.Ways)
        {
            Contender[] contenders = [Contender.Vmm(files, kernel).WithSockets(files, vmm), Contender.Qemu(files, kernel).WithSockets(files, qemu)];
            List<IReadOnlyDictionary<string, double>>[] results = TakeTurns(
                contenders, runs, $"sockets by {name}", contender => VsockBenchmark.Measure(files, contender, unixSockets));
            foreach (string test in results[0][0].Keys)
            {
                double[] ours = [.. results[0].Select(values => values[test])];
                double[] theirs = [.. results[1].Where(values => values.ContainsKey(test)).Select(values => values[test])];
                if (theirs.Length < runs)
                {
                    Say($"{test} by {name}: QEMU's back end did not carry it in {runs - theirs.Length} of {runs} runs; vmm: {string.Join(' ', ours.Select(static value => $"{value:f1}"))}");
                    continue;
                }

                measures.Add(test.EndsWith("ping", StringComparison.Ordinal)
                    ? Measure.Against("QEMU", $"{test} by {name}", "µs", ours, theirs, most: 1 / 0.95)
                    : Measure.AtLeast("QEMU", $"{test} by {name}", "MiB/s", ours, theirs, least: 0.95));
            }
        }

        return measures;
    }

    /// <summary>Measures each contender in its turn, so many times.</summary>
    /// <returns>By contender, what was measured.</returns>
    private static List<T>[] TakeTurns<T>(Contender[] contenders, int runs, string what, Func<Contender, T> measure)
    {
        List<T>[] results = [.. contenders.Select(static _ => new List<T>())];
        for (int run = 1; run <= runs; run++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                Say($"{contenders[i].Name}: {what}, {run} of {runs}");
                results[i].Add(measure(contenders[i]));
            }
        }

        return results;
    }

    private static void Say(string what) => Console.Error.WriteLine($"bench: {what}");
}
