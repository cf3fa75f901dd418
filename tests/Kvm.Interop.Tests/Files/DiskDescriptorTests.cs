using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Kvm.Interop.Tests.Files;

public sealed unsafe class DiskDescriptorTests : IDisposable
{
    private readonly string _path = Path.Combine(AppContext.BaseDirectory, Path.GetRandomFileName());

    public DiskDescriptorTests() => File.WriteAllBytes(_path, new byte[8192]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_file_knows_its_size_kind_and_access()
    {
        using DiskDescriptor file = DiskDescriptor.Open(_path, writable: false, direct: false);

        Assert.Equal(8192u, file.Size);
        Assert.Equal(512u, file.SectorSize);
        Assert.True(file.IsRegularFile);
        Assert.False(file.IsBlockDevice);
        Assert.False(file.IsWritable);
    }

    [Fact]
    public void A_lock_keeps_the_second_writer_out_and_lets_readers_share()
    {
        using DiskDescriptor first = DiskDescriptor.Open(_path, writable: true, direct: false);
        using DiskDescriptor second = DiskDescriptor.Open(_path, writable: true, direct: false);

        Assert.True(first.TryLock(exclusive: true));
        Assert.False(second.TryLock(exclusive: true));
        Assert.False(second.TryLock(exclusive: false));
        first.Dispose();
        Assert.True(second.TryLock(exclusive: false));
        using DiskDescriptor third = DiskDescriptor.Open(_path, writable: false, direct: false);
        Assert.True(third.TryLock(exclusive: false));
    }

    [SkippableFact]
    public void A_direct_file_takes_aligned_buffers_only()
    {
        DiskDescriptor? opened = null;
        try
        {
            opened = DiskDescriptor.Open(_path, writable: true, direct: true);
        }
        catch (LinuxException e) when (e.Errno == Errno.EINVAL)
        {
            Skip.If(true, "this file system has no O_DIRECT");
        }

        using DiskDescriptor file = opened!;
        Assert.True(file.IsDirect);
        byte* buffer = (byte*)NativeMemory.AlignedAlloc(8192, 4096);
        nint aligned = FileTransfer.Read(file, [new IoVector(buffer, 4096)], 4096);
        nint crooked = FileTransfer.Read(file, [new IoVector(buffer + 1, 4096)], 0);
        NativeMemory.AlignedFree(buffer);

        Assert.Equal(4096, aligned);
        Skip.If(crooked == 4096, "this file system takes any buffer");
        Assert.Equal(-Errno.EINVAL, crooked);
    }

    [Fact]
    public void A_write_that_may_not_wait_is_done_or_leaves_the_file_as_it_was()
    {
        using DiskDescriptor file = DiskDescriptor.Open(_path, writable: true, direct: false);
        Assert.False(file.IsDirect);
        byte before = File.ReadAllBytes(_path)[512];
        byte* buffer = stackalloc byte[512];
        new Span<byte>(buffer, 512).Fill((byte)(before + 1));

        nint result = FileTransfer.WriteNow(file, [new IoVector(buffer, 512)], 512);

        Assert.True(result is 512 or -Errno.EOPNOTSUPP or -Errno.EAGAIN, $"{result}");
        Assert.Equal((byte)(result == 512 ? before + 1 : before), File.ReadAllBytes(_path)[512]);
    }

    [Fact]
    public void A_transfer_across_the_end_of_a_file_is_an_error_when_reading_and_goes_on_when_writing()
    {
        using DiskDescriptor file = DiskDescriptor.Open(_path, writable: true, direct: false);
        byte* buffer = stackalloc byte[1024];
        IoVector[] vectors = [new(buffer, 512), new(buffer + 512, 512)];

        Assert.Equal(Errno.EIO, FileTransfer.ReadAll(file, vectors, 8192 - 700));
        Assert.Equal(0, FileTransfer.WriteAll(file, vectors, 8192 - 700));
        Assert.Equal(8192u - 700 + 1024, file.Size);
    }

    [Fact]
    public void A_hole_reads_as_zeros_and_the_size_stays()
    {
        File.WriteAllBytes(_path, Enumerable.Repeat((byte)1, 12288).ToArray());
        using (DiskDescriptor file = DiskDescriptor.Open(_path, writable: true, direct: false))
        {
            Assert.Equal(0, FileSpace.PunchHole(file, 4096, 4096));
            Assert.Equal(0, FileSpace.Flush(file));
        }

        byte[] content = File.ReadAllBytes(_path);
        Assert.Equal(12288, content.Length);
        Assert.Equal(1, content[4095]);
        Assert.All(content[4096..8192], b => Assert.Equal(0, b));
        Assert.Equal(1, content[8192]);
    }
}
