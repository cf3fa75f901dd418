using Vmm.CommandLine;
using Vmm.Outcome;

namespace Vmm.Tests.CommandLine;

public sealed class HostFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vmm-test-").FullName;

    [Fact]
    public void A_file_with_content_is_read_whole()
    {
        var path = Write("kernel", [1, 2, 3]);
        Assert.Equal([1, 2, 3], HostFile.ReadContent("KERNEL", path, 3));
        using var file = HostFile.OpenContent("KERNEL", path);
        Assert.Equal(3, file.Length);
    }

    [Fact]
    public void A_file_above_the_limit_is_refused() =>
        Refused("--initrd: {0} has 3 bytes; at most 2 are possible", Write("big", [1, 2, 3]), static path => HostFile.ReadContent("--initrd", path, 2));

    [Fact]
    public void A_missing_file_is_refused() => RefusedToOpen("--initrd: cannot open {0}: No such file or directory", Path.Combine(_directory, "none"));

    [Fact]
    public void A_directory_is_refused() => RefusedToOpen("--initrd: {0} is a directory, not a file", _directory);

    [Fact]
    public void An_empty_file_is_refused() => RefusedToOpen("--initrd: {0} is empty", Write("empty", []));

    [Fact]
    public void A_path_through_a_file_is_refused() =>
        RefusedToOpen("--initrd: cannot open {0}: Not a directory", Path.Combine(Write("file", [1]), "below"));

    [Fact]
    public void A_pipe_is_refused_without_waiting_for_its_writer()
    {
        var path = Path.Combine(_directory, "pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", path))
        {
            mkfifo.WaitForExit();
        }

        RefusedToOpen("--initrd: {0} is a pipe or a terminal; a regular file is needed", path);
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_refused_with_its_option() =>
        Refused(
            "--dump-device-tree-blob: cannot open {0}: No such file or directory",
            Path.Combine(_directory, "none", "out.dtb"),
            static path => HostFile.Create("--dump-device-tree-blob", path));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void RefusedToOpen(string expected, string path) => Refused(expected, path, static path => HostFile.OpenContent("--initrd", path));

    private static void Refused(string expected, string path, Func<string, object> open)
    {
        var refusal = Assert.Throws<VmmException>(() => open(path));
        Assert.Equal(expected.Replace("{0}", path, StringComparison.Ordinal), refusal.Message);
        Assert.Equal(ExitCode.Error, refusal.ExitCode);
    }

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
