using Virtio.Block;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Block;

public class BlockEnduranceTests
{
    public static TheoryData<BlockEngineKind> Engines => BlockHarness.Engines;

    [Theory]
    [InlineData(BlockEngineKind.Automatic, null)]
    [InlineData(BlockEngineKind.Automatic, "/dev/shm")]
    [InlineData(BlockEngineKind.Threads, null)]
    public void A_random_driver_of_100000_steps_touches_nothing_but_the_disk(BlockEngineKind engine, string? directory)
    {
        using BlockHarness block = new(
            engine,
            size: 1 << 18,
            options: new BlockDeviceOptions { Name = "block test", QueueCount = 3, PackedQueue = true },
            wrap: disk => new MixedDisk(disk),
            activate: false,
            directory: directory);

        var random = new RandomDriver(block.Device, block.Driver, seed: 4, static (random, _) => RandomRequest(random));
        random.Run(100_000, TimeSpan.FromSeconds(60));

        Assert.True(random.Used > 100, $"only {random.Used} requests came back");
        Assert.Equal(1 << 18, new FileInfo(block.Path).Length);
        block.Driver.Activate();
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 1, BlockHarness.Pattern(512, 1)));
        Assert.Equal(BlockHarness.Pattern(512, 1), block.Read(1, 512, out _));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_request_allocates_nothing(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine);
        MockBuffer[][] requests =
        [
            Request(block, BlockHarness.In, 4096, writable: true),
            Request(block, BlockHarness.Out, 4096, writable: false),
            Request(block, BlockHarness.Flush, 0, writable: false),
            [block.Place(BlockHarness.Header(BlockHarness.Discard, 0)), block.Place(BlockHarness.Range(8, 8)), block.Place(new byte[1], writable: true)],
        ];
        Round();
        Round();

        // On the block thread itself, where the work is done; the driver's own allocations are on this one.
        long allocated = long.MaxValue;
        for (int attempt = 0; attempt < 20 && allocated != 0; attempt++)
        {
            long before = AllocatedByThread(block);
            for (int i = 0; i < 50; i++)
            {
                Round();
            }

            allocated = AllocatedByThread(block) - before - Probe;
        }

        Assert.Equal(0, allocated);

        void Round()
        {
            foreach (MockBuffer[] request in requests)
            {
                block.Queue.Add(request);
            }

            block.Queue.Kick();
            foreach (MockBuffer[] _ in requests)
            {
                block.Queue.Take();
            }
        }
    }

    /// <summary>What asking costs by itself: measured, as it depends on the runtime.</summary>
    private static long Probe { get; } = MeasureProbe();

    private static long MeasureProbe()
    {
        using BlockHarness block = new(BlockEngineKind.Threads);
        AllocatedByThread(block);
        long first = AllocatedByThread(block);
        return AllocatedByThread(block) - first;
    }

    private static long AllocatedByThread(BlockHarness block)
    {
        using var done = new ManualResetEventSlim();
        long bytes = 0;
        block.Worker.Post(() =>
        {
            bytes = GC.GetAllocatedBytesForCurrentThread();
            done.Set();
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
        return bytes;
    }

    private static MockBuffer[] Request(BlockHarness block, uint type, int length, bool writable)
    {
        MockBuffer header = block.Place(BlockHarness.Header(type, 8));
        MockBuffer status = block.Place(new byte[1], writable: true);
        return length == 0 ? [header, status] : [header, block.Place(new byte[length], writable), status];
    }

    private static byte[] RandomRequest(Random random)
    {
        uint type = random.Next(8) switch
        {
            0 or 1 => BlockHarness.In,
            2 or 3 => BlockHarness.Out,
            4 => BlockHarness.Flush,
            5 => BlockHarness.Discard,
            6 => BlockHarness.WriteZeroes,
            _ => (uint)random.Next(16),
        };
        byte[] header = BlockHarness.Header(type, random.Next(10) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(520));
        return random.Next(3) switch
        {
            0 => header,
            1 => [.. header, .. BlockHarness.Range((ulong)random.Next(520), (uint)random.Next(40), (uint)random.Next(3))],
            _ => [.. header, .. new byte[512 * random.Next(1, 8)]],
        };
    }
}
