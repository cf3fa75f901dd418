using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Bench;

/// <summary>The round trip of one MMIO exit to user space, measured by the guest.</summary>
internal static class ExitBenchmark
{
    /// <summary>Runs exits.c.</summary>
    internal static uint[] InC(BenchFiles files)
    {
        string samples = Path.GetTempFileName();
        Start(files.ExitsInC, [files.ExitsGuest, samples]);
        return Take(samples);
    }

    /// <summary>Runs vmm's own exit path (<see cref="ExitVm"/>), in a process of its own.</summary>
    /// <param name="files">Where it is.</param>
    /// <param name="collect">With collections of garbage meanwhile.</param>
    internal static ExitRun InVmm(BenchFiles files, bool collect)
    {
        string samples = Path.GetTempFileName();
        List<string> arguments = ["exits", files.ExitsGuest, samples];
        if (collect)
        {
            arguments.Add("--collect");
        }

        long[] told = [.. Start(files.Bench, arguments).Split(' ').Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
        return new ExitRun(Take(samples), Frequency: told[0], AllocatedBytes: told[1], Collections: told[2]);
    }

    private static string Start(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidDataException($"{program}: exit status {process.ExitCode}");
    }

    private static uint[] Take(string file)
    {
        uint[] ticks = MemoryMarshal.Cast<byte, uint>(File.ReadAllBytes(file)).ToArray();
        File.Delete(file);
        Array.Sort(ticks);
        return ticks;
    }
}
