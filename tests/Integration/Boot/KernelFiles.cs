using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Integration.Hosts;

namespace Integration.Boot;

/// <summary>Files for guests, made on this machine.</summary>
internal static class KernelFiles
{
    /// <summary>A kernel, compressed with gzip.</summary>
    public static byte[] Gzip(Version version)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
        {
            gzip.Write(Kernel(version));
        }

        return file.ToArray();
    }

    /// <summary>A kernel, compressed with lz4 in the form that the kernel's own build makes.</summary>
    public static byte[] Lz4(Version version) => Filter("lz4", ["-l", "-c"], Kernel(version));

    /// <summary>A kernel, compressed with zstd.</summary>
    public static byte[] Zstd(Version version) => Filter("zstd", ["-q", "-c", "-3"], Kernel(version));

    /// <summary>A device tree overlay's blob.</summary>
    public static byte[] CompileOverlay(string source) => Filter("dtc", ["-q", "-@", "-I", "dts", "-O", "dtb"], Encoding.ASCII.GetBytes(source));

    private static byte[] Kernel(Version version) => File.ReadAllBytes(Path.Combine(Artifacts.Directory, "guest", "kernels", $"linux-{version}"));

    private static byte[] Filter(string program, string[] arguments, byte[] input)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} does not start");
        Task feeding = Task.Run(() =>
        {
            using Stream to = process.StandardInput.BaseStream;
            to.Write(input);
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        feeding.Wait();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with status {process.ExitCode}");
        return output.ToArray();
    }
}
