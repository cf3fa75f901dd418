using System.Diagnostics;

namespace Bench;

/// <summary>
/// Seconds from a firmware's first instruction to the kernel's: a kernel of a usual size, which says a word first of all, with an initrd, both signed.
/// </summary>
internal sealed class FirmwareBenchmark : IDisposable
{
    private const int KernelBytes = 8 << 20;
    private const int InitrdBytes = 2 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly BenchFiles _files;
    private readonly string _option;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bench-firmware-");

    /// <param name="files">The programs.</param>
    /// <param name="option">The option that starts the firmware.</param>
    internal FirmwareBenchmark(BenchFiles files, string option)
    {
        _files = files;
        _option = option;
        byte[] kernel = new byte[KernelBytes], initrd = new byte[InitrdBytes];
        Random.Shared.NextBytes(kernel);
        Random.Shared.NextBytes(initrd);
        File.ReadAllBytes(files.ShortGuest).CopyTo(kernel, 0);
        File.WriteAllBytes(Place("kernel"), kernel);
        File.WriteAllBytes(Place("initrd"), initrd);
        Vmm(
            "image", "add-hash-footer", "--image", Place("initrd"), "--partition_name", "initrd_normal", "--dynamic_partition_size",
            "--output_vbmeta_image", Place("vbmeta"), "--do_not_append_vbmeta_image");
        Vmm(
            "image", "add-hash-footer", "--image", Place("kernel"), "--partition_name", "boot", "--dynamic_partition_size",
            "--algorithm", "SHA256_RSA4096", "--key", files.GuestKey, "--include_descriptors_from_image", Place("vbmeta"));
        Vmm("image", "create-instance", Place("instance"));
        Vmm("create_composite", Place("disk"), $"vm-instance:{Place("instance")}:writable");
    }

    /// <summary>The options that start a firmware on this host.</summary>
    internal static IEnumerable<string> Options(BenchFiles files)
    {
        yield return "--unprotected-vm-with-firmware";
        using var guest = new FirmwareBenchmark(files, "--protected-vm-with-firmware");
        using Process process = guest.Start();
        process.WaitForExit();
        if (process.ExitCode == 0)
        {
            yield return guest._option;
        }
    }

    /// <summary>Boots once.</summary>
    internal double Run()
    {
        using var trace = new KernelTrace(TraceEnd.FirstCharacter);
        using Process process = Start();
        if (!process.WaitForExit(s_patience) || process.ExitCode != 0 || !KernelTrace.HasEnded)
        {
            process.Kill();
            throw new InvalidDataException($"the firmware did not start its kernel ({_option})");
        }

        return KernelTrace.FirstCharacterTime() - KernelTrace.EntryTime();
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);

    private string Place(string name) => Path.Combine(_directory.FullName, name);

    private Process Start() => Process.Start(new ProcessStartInfo(
        _files.Vmm,
        [
            "--extended-status", "--log-level", "error", "run", "--mem", "256", _option, _files.Firmware, "--pvmfw-key", "none",
            "--device-secret", Place("device-secret"), "--block", $"{Place("disk")},type=composite",
            "--serial", $"type=file,path={Place("console")}", "--initrd", Place("initrd"), Place("kernel"),
        ]))!;

    private void Vmm(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(_files.Vmm, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidDataException($"vmm {string.Join(' ', arguments)}: exit status {process.ExitCode}");
        }
    }
}
