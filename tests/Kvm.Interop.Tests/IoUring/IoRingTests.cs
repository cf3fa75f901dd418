using System.Text;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.IoUring;

namespace Kvm.Interop.Tests.IoUring;

public sealed unsafe class IoRingTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly DiskDescriptor _file;

    public IoRingTests() => _file = DiskDescriptor.Open(_path, writable: true, direct: false);

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    [SkippableFact]
    public void What_is_written_by_vectors_is_read_back()
    {
        using IoRing ring = Open();
        byte* buffer = stackalloc byte[8];
        "abcdefgh"u8.CopyTo(new Span<byte>(buffer, 8));
        IoVector* vectors = stackalloc IoVector[2] { new(buffer + 4, 4), new(buffer, 4) };

        Assert.True(ring.TryWrite(_file, vectors, 2, 0, 1));
        Assert.Equal(8, Complete(ring, 1).Result);
        Assert.True(ring.TryFlush(_file, 2));
        Assert.Equal(0, Complete(ring, 2).Result);
        Assert.True(ring.TryRead(_file, new IoVector(buffer, 8), 2, 3));
        Assert.Equal(6, Complete(ring, 3).Result);

        Assert.Equal("efghabcd", File.ReadAllText(_path));
        Assert.Equal("ghabcd", Encoding.ASCII.GetString(buffer, 6));
    }

    [SkippableFact]
    public void A_failed_request_completes_with_its_errno()
    {
        using IoRing ring = Open();
        using DiskDescriptor readOnly = DiskDescriptor.Open(_path, writable: false, direct: false);
        byte* buffer = stackalloc byte[8];

        Assert.True(ring.TryWrite(readOnly, new IoVector(buffer, 8), 0, 7));

        Assert.Equal(-Errno.EBADF, Complete(ring, 7).Result);
    }

    [SkippableFact]
    public void A_watch_tells_of_each_signal_until_it_ends()
    {
        using IoRing ring = Open();
        using EventFd kick = new();
        Assert.True(ring.TryWatch(kick, 5));
        Assert.True(ring.Enter(wait: false));
        Assert.False(ring.TryTake(out _));

        for (int i = 0; i < 3; i++)
        {
            kick.Signal();
            Assert.True(Complete(ring, 5).HasMore);
        }

        Assert.True(ring.TryUnwatch(5, 6));
        IoCompletion[] last = [Complete(ring), Complete(ring)];
        Assert.Contains(last, c => c is { Token: 5, HasMore: false });
        Assert.Contains(last, c => c is { Token: 6, Result: 0 });
    }

    [SkippableFact]
    public void A_full_ring_takes_no_more_until_it_is_submitted()
    {
        using IoRing ring = Open();
        byte* buffer = stackalloc byte[1];
        int queued = 0;
        while (ring.TryWrite(_file, new IoVector(buffer, 1), 0, (ulong)queued))
        {
            queued++;
        }

        Assert.Equal(8, queued);
        Assert.True(ring.Enter(wait: false));
        Assert.Equal(0u, ring.Unsubmitted);
        Assert.True(ring.TryWrite(_file, new IoVector(buffer, 1), 0, 8));
        HashSet<ulong> tokens = [];
        while (tokens.Count < 9)
        {
            tokens.Add(Complete(ring).Token);
        }
    }

    private static IoCompletion Complete(IoRing ring, ulong token)
    {
        IoCompletion completion = Complete(ring);
        Assert.Equal(token, completion.Token);
        return completion;
    }

    private static IoCompletion Complete(IoRing ring)
    {
        IoCompletion completion;
        while (!ring.TryTake(out completion))
        {
            ring.Enter(wait: true);
        }

        return completion;
    }

    private static IoRing Open()
    {
        IoRing? ring = IoRing.TryCreate(8, 64, out int errno);
        Skip.If(ring is null, $"no io_uring here: {Errno.Name(errno)}");
        ring.Enable();
        return ring;
    }
}
