using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block;

/// <summary>The thread that writes to one file.</summary>
public sealed unsafe class BlockWriterTests : IDisposable
{
    private const int Parts = 100;
    private const int PartSize = 4096;

    private readonly string _path = Path.Combine(AppContext.BaseDirectory, $"writer-{Path.GetRandomFileName()}");
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(Parts * PartSize);

    public BlockWriterTests()
    {
        for (int i = 0; i < Parts; i++)
        {
            new Span<byte>(_buffer + (i * PartSize), PartSize).Fill((byte)(i + 1));
        }

        File.WriteAllBytes(_path, new byte[Parts * PartSize]);
    }

    public void Dispose()
    {
        NativeMemory.Free(_buffer);
        File.Delete(_path);
    }

    [Fact]
    public void All_parts_are_written_and_come_back_in_their_order_with_fewer_signals_than_parts()
    {
        using EventFd wake = new("test");
        DoneParts done = new(wake);
        using (DiskDescriptor file = DiskDescriptor.Open(_path, writable: true, direct: false))
        using (BlockWriter writer = new(done))
        {
            for (int i = 0; i < Parts; i++)
            {
                writer.Add(Part(i, file));
            }
        }

        for (uint i = 0; i < Parts; i++)
        {
            Assert.True(done.TryTake(out BlockPart? part));
            Assert.Equal((i, 0), (part.Index, part.Error));
        }

        Assert.False(done.TryTake(out _));
        // Nobody took any of them while they were written: the first to come back signalled, and no other had to.
        Assert.True(wake.TryConsume(out ulong signals));
        Assert.Equal(1UL, signals);
        Assert.Equal(new ReadOnlySpan<byte>(_buffer, Parts * PartSize), File.ReadAllBytes(_path));
    }

    [Fact]
    public void A_write_that_fails_says_why_and_holds_up_no_other()
    {
        using EventFd wake = new("test");
        DoneParts done = new(wake);
        using (DiskDescriptor good = DiskDescriptor.Open(_path, writable: true, direct: false))
        using (DiskDescriptor bad = DiskDescriptor.Open(_path, writable: false, direct: false))
        using (BlockWriter writer = new(done))
        {
            writer.Add(Part(0, good));
            writer.Add(Part(1, bad));
            writer.Add(Part(2, good));
        }

        List<int> errors = [];
        while (done.TryTake(out BlockPart? part))
        {
            errors.Add(part.Error);
        }

        Assert.Equal([0, Errno.EBADF, 0], errors);
        Assert.Equal([1, 0, 3], File.ReadAllBytes(_path).Where(static (_, i) => i % PartSize == 0).Take(3));
    }

    private BlockPart Part(int index, DiskDescriptor file) => new((uint)index)
    {
        Kind = BlockPartKind.FileWrite,
        File = file,
        Offset = (ulong)index * PartSize,
        Length = PartSize,
        Bounce = _buffer + (index * PartSize),
    };
}
