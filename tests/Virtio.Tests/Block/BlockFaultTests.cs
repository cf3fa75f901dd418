using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Virtio.Block;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Block;

public class BlockFaultTests
{
    public static TheoryData<BlockEngineKind> Engines => BlockHarness.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_full_host_fails_writes_and_when_there_is_room_again_they_work(BlockEngineKind engine)
    {
        FaultyDisk? faulty = null;
        using BlockHarness block = new(engine, wrap: disk => faulty = new FaultyDisk(disk, PosixFile.Open("/dev/full", OpenFlags.O_RDWR)));

        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Out, 0, new byte[4096]));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Flush, 0));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, BlockHarness.Range(0, 8)));
        faulty!.IsBroken = false;
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, new byte[4096]));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));

        Assert.Empty(block.Driver.Signals.Faults);
        Assert.Equal(["block test: writing at byte 0 failed with ENOSPC; the guest sees an I/O error"], block.Reports);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_descriptor_that_fails_and_a_file_that_became_shorter_are_errors_of_their_requests(BlockEngineKind engine)
    {
        using BlockHarness other = new(engine);
        FaultyDisk? faulty = null;
        using BlockHarness block = new(engine, wrap: disk => faulty = new FaultyDisk(disk, PosixFile.Open(other.Path, OpenFlags.O_WRONLY)));
        block.Read(0, 4096, out byte wrong);
        faulty!.IsBroken = false;
        using (PosixFile file = PosixFile.Open(block.Path, OpenFlags.O_RDWR))
        {
            file.SetLength(1024);
        }

        block.Read(0, 1024, out byte inside);
        block.Read(0, 4096, out byte across);
        block.Read(8, 4096, out byte behind);

        Assert.Equal([BlockHarness.IoError, BlockHarness.Ok, BlockHarness.IoError, BlockHarness.IoError], new[] { wrong, inside, across, behind });
        Assert.Equal(BlockHarness.Ok, other.Send(BlockHarness.Out, 0, new byte[512]));
    }

    [Fact]
    public void What_a_worker_has_done_is_given_back_while_the_kernel_takes_its_time()
    {
        using HeldEngine held = new();
        using BlockHarness block = new(own: held, wrap: static disk => new HalfDisk(disk));
        try
        {
            block.Read(8, 512, out byte settled);
            MockBuffer answer = new(block.Driver.Allocate(513), 513, Writable: true);
            ushort ofKernel = block.Queue.Add(block.Place(BlockHarness.Header(BlockHarness.In, 0)), answer);
            ushort ofWorker = block.Queue.Add(block.Place(BlockHarness.Header(BlockHarness.In, 8)), answer);
            block.Queue.Kick();

            ushort first = block.Queue.Take().Id;
            held.Go = true;
            ushort second = block.Queue.Take().Id;

            Assert.Equal(BlockHarness.Ok, settled);
            Assert.Equal([ofWorker, ofKernel], new[] { first, second });
        }
        finally
        {
            held.Go = true;
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_reset_waits_for_requests_in_flight_and_the_next_driver_starts_afresh(BlockEngineKind engine)
    {
        SlowDisk? slow = null;
        using BlockHarness block = new(engine, wrap: disk => slow = new SlowDisk(disk));
        GuestAddress data = block.Driver.Allocate(513);
        for (int i = 0; i < 3; i++)
        {
            block.Queue.Add(block.Place(BlockHarness.Header(BlockHarness.In, 0)), new MockBuffer(data, 513, Writable: true));
        }

        block.Queue.Kick();
        BlockHarness.WaitUntil(() => slow!.Waiting == 3);
        using var done = new ManualResetEventSlim();
        block.Device.Reset(done.Set);

        Assert.False(done.Wait(100));
        slow!.Go.Set();
        Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
        block.Driver.Reset();
        block.Driver.Activate();
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Stopping_the_thread_waits_for_what_is_in_flight(BlockEngineKind engine)
    {
        SlowDisk? slow = null;
        using BlockHarness block = new(engine, wrap: disk => slow = new SlowDisk(disk));
        GuestAddress data = block.Driver.Allocate(513);
        block.Queue.Add(block.Place(BlockHarness.Header(BlockHarness.In, 0)), new MockBuffer(data, 513, Writable: true));
        block.Queue.Kick();
        BlockHarness.WaitUntil(() => slow!.Waiting == 1);
        block.Driver.Memory.Write(data + 512, (byte)0xff);

        Task stopping = Task.Run(block.Worker.Stop);
        await Task.Delay(100);
        Assert.False(stopping.IsCompleted);
        slow!.Go.Set();
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(BlockHarness.Ok, block.Driver.Memory.Read<byte>(data + 512));
        Assert.Equal(Errno.ENODEV, await block.Device.ResizeAsync(4096));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_change_of_size_is_seen_by_the_driver(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine);

        Assert.Equal(0, await block.Device.ResizeAsync(2 << 20));
        Assert.Equal(1, block.Driver.Signals.ConfigurationChanges);
        Assert.Equal(4096ul, Capacity(block));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 4095, BlockHarness.Pattern(512, 1)));
        Assert.Equal(0, await block.Device.ResizeAsync(1 << 19));
        Assert.Equal(1024ul, Capacity(block));
        block.Read(1024, 512, out byte behind);

        Assert.Equal(BlockHarness.IoError, behind);
        Assert.Equal(1 << 19, new FileInfo(block.Path).Length);
        Assert.Equal(Errno.EINVAL, await block.Device.ResizeAsync(1000));
        Assert.Equal(Errno.EINVAL, await block.Device.ResizeAsync(0));
        Assert.Equal(2, block.Driver.Signals.ConfigurationChanges);
    }

    [Fact]
    public async Task A_disk_that_is_only_read_keeps_its_size()
    {
        using BlockHarness block = new(open: new DiskOpenOptions(ReadOnly: true, Lock: false));

        Assert.Equal(Errno.EROFS, await block.Device.ResizeAsync(2 << 20));
        Assert.Equal(2048ul, Capacity(block));
    }

    private static ulong Capacity(BlockHarness block)
    {
        byte[] capacity = new byte[8];
        block.Device.ReadConfiguration(0, capacity);
        return BitConverter.ToUInt64(capacity);
    }
}
