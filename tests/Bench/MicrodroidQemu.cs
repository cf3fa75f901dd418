using System.Diagnostics;
using System.Globalization;

namespace Bench;

/// <summary>
/// The same guest started by QEMU: kernel, debuggable initrd, parameters, disks, consoles, sockets, balloon and entropy as the VMM was told of them. Its
/// manager finds no service on the host, and gives up; until then everything is the same.
/// </summary>
internal static class MicrodroidQemu
{
    // Not one that virtmgr gives (from 2048).
    private const string Cid = "1042";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    /// <summary>QEMU's command line.</summary>
    /// <param name="files">The kernel and initrd.</param>
    /// <param name="vmm">What the VMM was told.</param>
    /// <param name="disks">Its disks as raw images.</param>
    internal static IReadOnlyList<string> Arguments(BenchFiles files, VmmWords vmm, IReadOnlyList<string> disks) =>
    [
        "-accel", "kvm", "-cpu", "host", "-M", "virt,gic-version=3", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
        "-m", Number(vmm.MemoryMib), "-smp", Number(vmm.Cpus),
        "-kernel", files.MicrodroidKernel, "-initrd", files.MicrodroidInitrd, "-append", $"panic=-1 {vmm.Parameters}".TrimEnd(),
        // Both on standard output, as vm has them: hvc0 console, hvc1 ramdump, hvc2 log.
        "-chardev", "file,id=console,path=/proc/self/fd/1", "-chardev", "null,id=ramdump", "-chardev", "stdio,id=log,signal=off",
        .. Console("console"), .. Console("ramdump"), .. Console("log"),
        .. disks.SelectMany((disk, i) => Disk(disk, i, vmm.Disks[i].ReadOnly)),
        "-device", $"vhost-vsock-pci,guest-cid={Cid}", "-device", "virtio-balloon-pci,free-page-reporting=on", "-device", "virtio-rng-pci",
    ];

    /// <summary>Runs the guest up to its manager.</summary>
    /// <returns>Its times from the execution of QEMU.</returns>
    internal static GuestTimes Run(BenchFiles files, VmmWords vmm, IReadOnlyList<string> disks)
    {
        using var trace = new KernelTrace(TraceEnd.FirstEntry);
        ProcessStartInfo start = new(Path.Combine(files.QemuRoot, "usr/bin/qemu-system-aarch64"), Arguments(files, vmm, disks))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LD_LIBRARY_PATH"] = Path.Combine(files.QemuRoot, "usr/lib/aarch64-linux-gnu");
        using Process process = Process.Start(start)!;
        try
        {
            var output = new TimedOutput("QEMU", process);
            output.WaitFor("the guest's manager", GuestTimes.IsManager, s_patience);
            GuestTimes times = new(KernelTrace.ExecTime(process.Id));
            times.Add(GuestPhase.FirstRun, KernelTrace.EntryTime());
            times.Add(output.Lines);
            return times;
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    private static string[] Console(string name) =>
        // One port each, without the queues of many.
        ["-device", $"virtio-serial-pci,id=bus-{name},max_ports=1", "-device", $"virtconsole,bus=bus-{name}.0,chardev={name}"];

    private static string[] Disk(string path, int index, bool readOnly) =>
    [
        "-drive", $"file={path},if=none,id=disk{index},format=raw,cache=writeback,aio=io_uring,read-only={(readOnly ? "on" : "off")}",
        "-device", $"virtio-blk-pci,drive=disk{index},romfile=",
    ];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
