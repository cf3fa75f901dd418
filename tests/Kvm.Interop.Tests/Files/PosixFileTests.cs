using Kvm.Interop.Files;

namespace Kvm.Interop.Tests.Files;

public sealed class PosixFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Bytes_written_at_an_offset_are_read_back_there()
    {
        using PosixFile file = PosixFile.Open(_path, OpenFlags.O_RDWR);
        file.WriteAt([1, 2, 3], 4096);
        byte[] buffer = new byte[8];

        Assert.Equal(4099, file.Length);
        Assert.Equal(3, file.ReadAt(buffer, 4096));
        Assert.Equal([1, 2, 3, 0, 0, 0, 0, 0], buffer);
        Assert.Equal(0, file.ReadAt(buffer, 5000));
    }

    [Fact]
    public void A_file_is_cut_to_the_length_asked()
    {
        using PosixFile file = PosixFile.Open(_path, OpenFlags.O_RDWR);
        file.SetLength(123);

        Assert.Equal(123, file.Length);
    }

    [Fact]
    public void A_path_that_cannot_be_opened_is_named() =>
        Assert.StartsWith(
            "open on /nonexistent/disk: ENOENT",
            Assert.Throws<LinuxException>(() => PosixFile.Open("/nonexistent/disk", OpenFlags.O_RDONLY)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_write_to_a_read_only_file_is_an_error_that_names_it()
    {
        using PosixFile file = PosixFile.Open(_path, OpenFlags.O_RDONLY);

        Assert.Equal($"pwrite on {_path}: EBADF (Bad file descriptor)", Assert.Throws<LinuxException>(() => file.WriteAt([1], 0)).Message);
    }

    [Fact]
    public void A_duplicate_outlives_its_original()
    {
        FileDescriptor copy;
        using (PosixFile file = PosixFile.Open(_path, OpenFlags.O_RDWR))
        {
            copy = file.Duplicate();
        }

        using (copy)
        {
            copy.WriteAll([42]);
        }

        Assert.Equal([42], File.ReadAllBytes(_path));
    }

    [Fact]
    public void A_descriptor_number_that_is_not_open_is_refused() =>
        Assert.Equal("fcntl on /proc/self/fd/9999: EBADF (Bad file descriptor)", Assert.Throws<LinuxException>(() => FileDescriptor.FromNumber(9999)).Message);

    [Fact]
    public void A_sealed_memfd_keeps_its_size()
    {
        using MemFd file = MemFd.Create("test", 0x3000);
        using PosixFile path = PosixFile.Open($"/proc/self/fd/{file.DangerousGetHandle()}", OpenFlags.O_RDWR);

        Assert.Equal(0x3000, path.Length);
        Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => path.SetLength(0x1000)).Errno);
        Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => path.SetLength(0x4000)).Errno);
    }
}
