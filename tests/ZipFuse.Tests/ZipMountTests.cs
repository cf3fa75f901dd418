using System.Diagnostics;
using BootLoader.Sources;
using BootLoader.Zip;

namespace ZipFuse.Tests;

/// <summary>The file system in the kernel of this machine, where it lets this user mount.</summary>
public sealed class ZipMountTests : IDisposable
{
    private readonly string _target = Directory.CreateTempSubdirectory("zip-").FullName;

    [SkippableFact]
    public void What_is_mounted_is_read_as_it_is_in_the_archive_and_cannot_be_changed()
    {
        using ZipMount mount = Mount(TestArchive.Source());
        Assert.Equal(["assets", "empty", "lib"], Directory.GetFileSystemEntries(_target).Select(Path.GetFileName).Order());
        Assert.Equal(TestArchive.LibraryContent, File.ReadAllBytes(At(TestArchive.Library)));
        Assert.Equal(TestArchive.AssetContent, File.ReadAllBytes(At(TestArchive.Asset)));
        Assert.Empty(File.ReadAllBytes(At("empty")));
        Assert.False(File.Exists(At("none")));
        Assert.ThrowsAny<Exception>(() => File.WriteAllText(At("empty"), "x"));
        Assert.ThrowsAny<Exception>(() => File.Delete(At("empty")));
        Assert.ThrowsAny<Exception>(() => Directory.CreateDirectory(At("new")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute, File.GetUnixFileMode(At(TestArchive.Library)));
        Parallel.For(0, 16, i =>
        {
            using FileStream stream = File.OpenRead(At(i % 2 == 0 ? TestArchive.Library : TestArchive.Asset));
            byte[] part = new byte[5000];
            stream.Position = i * 17_000;
            stream.ReadExactly(part);
            Assert.Equal((i % 2 == 0 ? TestArchive.LibraryContent : TestArchive.AssetContent).AsSpan(i * 17_000, 5000).ToArray(), part);
        });
    }

    [SkippableFact]
    public void A_program_in_the_archive_runs_unless_that_is_forbidden()
    {
        byte[] program = File.ReadAllBytes("/bin/true");
        using (Mount(TestArchive.Source(("bin/true", program))))
        {
            using Process run = Process.Start(At("bin/true"));
            run.WaitForExit();
            Assert.Equal(0, run.ExitCode);
        }

        using (Mount(TestArchive.Source(("bin/true", program)), new ZipMountOptions { NoExec = true }))
        {
            Assert.ThrowsAny<Exception>(() => Process.Start(At("bin/true")));
        }
    }

    [SkippableFact]
    public void After_the_end_nothing_is_mounted_and_it_can_be_mounted_again()
    {
        for (int round = 0; round < 3; round++)
        {
            using (Mount(TestArchive.Source()))
            {
                Assert.True(File.Exists(At("empty")));
            }

            Assert.Empty(Directory.GetFileSystemEntries(_target));
        }
    }

    [SkippableFact]
    public void An_archive_in_a_partition_has_zeros_behind_it()
    {
        byte[] archive = TestArchive.Build();
        using ZipMount mount = Mount(new MemorySource((byte[])[.. archive, .. new byte[4096 - (archive.Length % 4096)]]));
        Assert.Equal(TestArchive.LibraryContent, File.ReadAllBytes(At(TestArchive.Library)));
    }

    [Fact]
    public void What_is_no_archive_is_refused_before_anything_is_mounted() =>
        Assert.Throws<ZipException>(() => ZipMount.Mount(new MemorySource(new byte[8192]), _target, new ZipMountOptions()));

    public void Dispose() => Directory.Delete(_target, recursive: true);

    private ZipMount Mount(RandomAccessSource archive, ZipMountOptions? options = null)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "mounting needs root and /dev/fuse");
        return ZipMount.Mount(archive, _target, options ?? new ZipMountOptions());
    }

    private string At(string name) => Path.Combine(_target, name);
}
