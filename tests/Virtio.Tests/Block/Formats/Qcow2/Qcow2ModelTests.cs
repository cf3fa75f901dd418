using System.Diagnostics;
using Virtio.Block.Formats.Qcow2;
using Xunit.Abstractions;

namespace Virtio.Tests.Block.Formats.Qcow2;

public sealed class Qcow2ModelTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 100_000;
    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(2);

    private readonly ImageFolder _folder = new();

    public static TheoryData<int, int, int, bool> Images => new()
    {
        { 3, 9, 4, false },
        { 3, 9, 0, false },
        { 3, 12, 6, true },
        { 2, 10, 4, true },
        { 3, 16, 4, false },
    };

    [SkippableTheory]
    [MemberData(nameof(Images))]
    public void Random_operations_leave_what_a_flat_array_has(int version, int clusterBits, int refcountOrder, bool backed)
    {
        int size = clusterBits > 12 ? 8 << 20 : 1 << 20;
        byte[] model = new byte[size];
        Qcow2Creation creation = new((ulong)size) { Version = version, ClusterBits = clusterBits, RefcountOrder = refcountOrder };
        if (backed)
        {
            // Shorter than the disk, and of a sector that ends in a cluster.
            byte[] below = DiskBytes.Pattern(7, (size / 2) + 512);
            File.WriteAllBytes(_folder["below.raw"], below);
            below.CopyTo(model, 0);
            creation = creation with { BackingFile = "below.raw" };
        }

        Random random = new(clusterBits + refcountOrder);
        Stopwatch time = Stopwatch.StartNew();
        Qcow2Disk disk = _folder.NewQcow2("disk", creation);
        int step = 0;
        for (; step < Steps && time.Elapsed < s_budget; step++)
        {
            Step(random, ref disk, ref model);
        }

        Assert.Equal(model, disk.Read(0, model.Length));
        disk.Dispose();
        output.WriteLine($"{step} steps, image of {new FileInfo(_folder["disk"]).Length} bytes for {model.Length}");
        _folder.AssertClean("disk");
        File.WriteAllBytes(_folder["model"], model);
        ImageFolder.QemuImg("compare", "-f", "qcow2", "-F", "raw", _folder["disk"], _folder["model"]);
    }

    [SkippableFact]
    public void Many_threads_at_once_leave_what_each_of_them_wrote()
    {
        const int Threads = 4;
        const int Share = 2 << 20;
        byte[] model = new byte[Threads * Share];
        using (Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Threads * Share) { ClusterBits = 12 }))
        {
            // The shares are interleaved, so that threads meet in tables and refcount blocks.
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
            {
                Random random = new(thread);
                Stopwatch time = Stopwatch.StartNew();
                for (int step = 0; step < 20_000 && time.Elapsed < s_budget; step++)
                {
                    int cluster = (random.Next(Share / 4096) * Threads) + thread;
                    int within = random.Next(8) * 512;
                    int length = 512 * random.Next(1, 9 - (within / 512));
                    Act(disk, model, random, (cluster * 4096) + within, length);
                }
            });
            Assert.Equal(model, disk.Read(0, model.Length));
        }

        _folder.AssertClean("disk");
        File.WriteAllBytes(_folder["model"], model);
        ImageFolder.QemuImg("compare", "-f", "qcow2", "-F", "raw", _folder["disk"], _folder["model"]);
    }

    [Fact]
    public void Requests_to_clusters_that_are_there_allocate_nothing()
    {
        using Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(4 << 20));
        byte[] bytes = new byte[100_000];
        disk.Write(0, new byte[1 << 20]);
        Assert.Equal(0, disk.Flush());
        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            _ = disk.TryWrite(5000, bytes) + disk.TryRead(1_000_000, bytes) + disk.Discard(0, 65536) + disk.Flush();
            _ = disk.Locate(0, 1 << 20, forWrite: true);
        }));
    }

    public void Dispose() => _folder.Dispose();

    private void Step(Random random, ref Qcow2Disk disk, ref byte[] model)
    {
        if (random.Next(2000) == 0)
        {
            disk.Dispose();
            _folder.AssertClean("disk");
            disk = _folder.OpenQcow2("disk");
        }
        else if (random.Next(5000) == 0 && model.Length < 4 << 20)
        {
            Array.Resize(ref model, model.Length + (512 * random.Next(1, 300)));
            Assert.Equal(0, disk.Resize((ulong)model.Length));
            Assert.Equal((ulong)model.Length, disk.Size);
        }

        int sectors = model.Length / 512;
        int first = random.Next(sectors);
        int count = random.Next(4) == 0 ? random.Next(1, Math.Min(sectors - first, 400) + 1) : random.Next(1, Math.Min(sectors - first, 16) + 1);
        Act(disk, model, random, first * 512, count * 512);
    }

    private static void Act(Qcow2Disk disk, byte[] model, Random random, int offset, int length)
    {
        Span<byte> expected = model.AsSpan(offset, length);
        switch (random.Next(40))
        {
            case < 12:
                random.NextBytes(expected);
                disk.Write((ulong)offset, expected);
                break;
            case < 16:
                random.NextBytes(expected);
                Assert.Equal(0, disk.WriteExtents((ulong)offset, expected));
                break;
            case < 24:
                Assert.True(expected.SequenceEqual(disk.Read((ulong)offset, length)), $"{length} bytes at {offset}");
                break;
            case < 32:
                Assert.True(expected.SequenceEqual(disk.ReadExtents((ulong)offset, length)), $"{length} bytes at {offset}");
                break;
            case < 35:
                Assert.Equal(0, disk.WriteZeroes((ulong)offset, (ulong)length, mayUnmap: random.Next(2) == 0));
                expected.Clear();
                break;
            case < 38:
                Assert.Equal(0, disk.Discard((ulong)offset, (ulong)length));
                AcceptDiscard(disk, offset, expected);
                break;
            case 38:
                Assert.Equal(0, disk.Flush());
                break;
            default:
                break;
        }
    }

    /// <summary>A sector that was discarded reads as before or as zeros.</summary>
    private static void AcceptDiscard(Qcow2Disk disk, int offset, Span<byte> expected)
    {
        byte[] now = disk.Read((ulong)offset, expected.Length);
        for (int sector = 0; sector < now.Length; sector += 512)
        {
            Span<byte> there = now.AsSpan(sector, 512);
            bool zero = there.IndexOfAnyExcept((byte)0) < 0;
            Assert.True(zero || there.SequenceEqual(expected.Slice(sector, 512)), $"sector at {offset + sector} is neither zeros nor as before");
            there.CopyTo(expected[sector..]);
        }
    }
}
