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

    /// <summary>The same with disks, for the guest that measures them.</summary>
    internal Contender WithDisks(BenchFiles files, IEnumerable<string> options)
    {
        List<string> arguments = [.. Arguments];
        arguments[arguments.IndexOf(files.Initrd)] = files.BlockInitrd;
        // The kernel stays the last word.
        arguments.InsertRange(Program == files.Vmm ? 1 : 0, options);
        return this with { Arguments = arguments };
    }

    /// <summary>The same with a network card, for the guest that measures it.</summary>
    internal Contender WithNetwork(BenchFiles files, IEnumerable<string> options, string parameters) =>
        With(files, files.NetInitrd, options, parameters);

    /// <summary>The same with a socket device, for the guest that measures it.</summary>
    internal Contender WithSockets(BenchFiles files, IEnumerable<string> options) =>
        With(files, files.VsockInitrd, options, VsockBenchmark.Parameters);

    /// <summary>The same with a disk, a console, a network card, sockets, an entropy source and a balloon.</summary>
    internal Contender WithAllDevices(BenchFiles files, string disk) => With(
        files,
        files.DevicesInitrd,
        Program == files.Vmm
            ?
            [
                "--block", disk, "--serial", "type=sink,hardware=virtio-console", "--net", $"tap-name={NetBenchmark.Tap}", "--cid", "78",
            ]
            :
            [
                .. QemuDisks([disk], "io_uring"), "-device", "virtio-serial-pci", "-chardev", "null,id=hvc", "-device", "virtconsole,chardev=hvc",
                "-netdev", $"tap,id=net,ifname={NetBenchmark.Tap},script=no,downscript=no", "-device", "virtio-net-pci,netdev=net,romfile=",
                "-device", "vhost-vsock-pci,guest-cid=78", "-device", "virtio-rng-pci", "-device", "virtio-balloon-pci",
            ],
        "");

    private Contender With(BenchFiles files, string initrd, IEnumerable<string> options, string parameters)
    {
        List<string> arguments = [.. Arguments];
        arguments[arguments.IndexOf(files.Initrd)] = initrd;
        int place = arguments.FindIndex(static word => word.EndsWith(Parameters, StringComparison.Ordinal));
        arguments[place] += $" {parameters}";
        arguments.InsertRange(Program == files.Vmm ? 1 : 0, options);
        return this with { Arguments = arguments };
    }

    /// <summary>vmm's options of disks.</summary>
    internal static IEnumerable<string> VmmDisks(IEnumerable<string> disks) => disks.SelectMany(static disk => (string[])["--block", disk]);

    /// <summary>QEMU's: its virtio-blk-pci over the page cache, as vmm's.</summary>
    /// <param name="disks">The files.</param>
    /// <param name="io">How it does I/O: io_uring or threads.</param>
    internal static IEnumerable<string> QemuDisks(IEnumerable<string> disks, string io) => disks.SelectMany((disk, i) => (string[])
    [
        "-drive", $"file={disk},if=none,id=disk{i},format=raw,cache=writeback,aio={io}", "-device", $"virtio-blk-pci,drive=disk{i},romfile=",
    ]);

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
