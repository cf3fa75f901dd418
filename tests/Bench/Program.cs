using System.ComponentModel;
using Bench;
using Kvm.Interop;
using Virtio.Block;

const string Usage = """
    usage: bench FILES [--runs N] [--only PART] [--json]  everything, or one part, as scripts/bench; FILES is the directory that it packs
           bench exits GUEST SAMPLES [--collect]      one run of vmm's exit path, as exits.c does it
           bench raw-disk DISK RAW                    copies a composite disk, whose partitions it has by descriptor
    """;

try
{
    switch (args)
    {
        case ["exits", var guest, var samples, .. var rest] when rest is [] or ["--collect"]:
            return ExitVm.Run(guest, samples, collect: rest is ["--collect"]);
        case ["raw-disk", var disk, var raw]:
            return RawDisks.Copy(disk, raw);
        case [var files, .. var options] when BenchOptions.TryParse(options) is { } parsed:
            Console.Error.WriteLine("each value is the median of its runs; the programs take turns");
            Report report = Benchmarks.Run(new BenchFiles(files), parsed.Runs, parsed.Only);
            Console.WriteLine(parsed.Json ? ReportJson.Write(report) : ReportText.Write(report));
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxException or InvalidDataException or Win32Exception or DiskException)
{
    Console.Error.WriteLine($"bench: {e.Message}");
    return 1;
}
