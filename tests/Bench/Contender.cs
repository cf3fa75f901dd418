using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>A VMM with the command line that boots the guest of the comparison: one vCPU, the same kernel, initrd and memory.</summary>
/// <param name="Name">Its column.</param>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Libraries">Where its shared libraries are; null where the system has them.</param>
internal sealed record Contender(string Name, string Program, IReadOnlyList<string> Arguments, string? Libraries = null)
{
    /// <summary>What init prints first (tests/Bench/init).</summary>
    internal const string UserspaceLine = "bench: userspace";

    private const int MemoryMib = 512;
    private const string Parameters = "quiet panic=-1 audit=0 cryptomgr.notests";

    /// <summary>The guest's memory.</summary>
    internal static long MemoryBytes => (long)MemoryMib << 20;

    private static string Memory => MemoryMib.ToString(CultureInfo.InvariantCulture);

    /// <summary>This project's.</summary>
    internal static Contender Vmm(BenchFiles files, string kernel) => new(
        "vmm",
        files.Vmm,
        [
            "run", "--mem", Memory, "--cpus", "1", "--serial", "type=stdout,hardware=serial,num=1,console=true",
            "--initrd", files.Initrd, "--params", Parameters, files.Kernel(kernel),
        ]);

    /// <summary>QEMU, with no device but the console.</summary>
    internal static Contender Qemu(BenchFiles files, string kernel) => new(
        "QEMU",
        Path.Combine(files.QemuRoot, "usr/bin/qemu-system-aarch64"),
        [
            "-accel", "kvm", "-cpu", "host", "-M", "virt,gic-version=3", "-nodefaults", "-no-user-config", "-nographic", "-serial", "stdio",
            "-m", Memory, "-smp", "1", "-initrd", files.Initrd, "-append", $"console=ttyAMA0 {Parameters}", "-kernel", files.Kernel(kernel),
        ],
        Path.Combine(files.QemuRoot, "usr/lib/aarch64-linux-gnu"));

    /// <summary>Starts it; its console is the process's standard output.</summary>
    internal Process Start()
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Libraries is { } libraries)
        {
            start.Environment["LD_LIBRARY_PATH"] = libraries;
        }

        return Process.Start(start)!;
    }
}
