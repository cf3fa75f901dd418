using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>fio in a guest on two disks of the host: requests in a second, and what one request costs in exits.</summary>
internal static class BlockBenchmark
{
    /// <summary>Where the first disk's file lies and where the second's, in words.</summary>
    internal static readonly string[] Places = ["tmpfs", "file"];

    private const string TmpfsDirectory = "/dev/shm";
    private const string ExitsFile = "/sys/kernel/debug/kvm/exits";
    private const int DiskBytes = 64 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Makes the disks' files, full of random bytes so that nothing of them is a hole.</summary>
    internal static string[] MakeDisks(BenchFiles files)
    {
        string[] disks = [Path.Combine(TmpfsDirectory, "bench-disk.img"), Path.Combine(files.Root, "bench-disk.img")];
        byte[] content = new byte[DiskBytes];
        Random.Shared.NextBytes(content);
        foreach (string disk in disks)
        {
            File.WriteAllBytes(disk, content);
        }

        return disks;
    }

    /// <summary>Boots the guest of tests/Bench/block and reads its lines.</summary>
    internal static IReadOnlyList<BlockResult> Run(Contender contender)
    {
        using Process process = contender.Start();
        using var watchdog = new Timer(_ => process.Kill(), null, s_patience, Timeout.InfiniteTimeSpan);
        List<BlockResult> results = [];
        long exits = 0;
        try
        {
            while (process.StandardOutput.ReadLine() is { } line)
            {
                string[] words = line.Trim().Split(' ');
                switch (words)
                {
                    case ["bench:", "begin", ..]:
                        exits = Exits();
                        break;
                    // "bench: end vda randread-4k-1 IOPS REQUESTS"
                    case ["bench:", "end", var disk, var test, var rate, var requests]:
                        double perRequest = (double)(Exits() - exits) / Math.Max(1, long.Parse(requests, CultureInfo.InvariantCulture));
                        results.Add(new BlockResult(Places[disk[^1] - 'a'], test, double.Parse(rate, CultureInfo.InvariantCulture), perRequest));
                        break;
                    default:
                        break;
                }
            }

            return results.Count > 0 ? results : throw new InvalidDataException($"{contender.Name}'s guest measured no disk: {string.Join(' ', contender.Arguments)}");
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static long Exits() => long.Parse(File.ReadAllText(ExitsFile), CultureInfo.InvariantCulture);
}
