using Kvm.Interop.Memory;
using Virtio.Block;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Block;

public class BlockRequestTests
{
    public static TheoryData<BlockEngineKind> Engines => BlockHarness.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void What_is_written_is_in_the_file_and_is_read_back(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine);
        byte[] data = BlockHarness.Pattern(8192, 1);

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 5, data));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
        byte[] back = block.Read(5, 8192, out byte status);

        Assert.Equal(BlockHarness.Ok, status);
        Assert.Equal(data, back);
        Assert.Equal(data, File.ReadAllBytes(block.Path).AsSpan(5 * 512, 8192).ToArray());
        Assert.Equal(new DeviceCounters(InOperations: 1, InBytes: 8192, OutOperations: 1, OutBytes: 8192), block.Device.Counters);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Many_requests_in_flight_all_come_back_with_their_own_data(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine, options: new BlockDeviceOptions { Name = "block test", QueueCount = 4 });
        List<(MockQueue Queue, GuestAddress Data, GuestAddress Status, ulong Sector)> requests = [];
        File.WriteAllBytes(block.Path, BlockHarness.Pattern(1 << 20, 3));
        byte[] content = File.ReadAllBytes(block.Path);
        foreach (int i in Enumerable.Range(0, 200))
        {
            MockQueue queue = block.Driver.Queue(i % 4);
            ulong sector = (ulong)(i * 7);
            MockBuffer header = block.Place(BlockHarness.Header(BlockHarness.In, sector));
            GuestAddress data = block.Driver.Allocate(4096);
            GuestAddress status = block.Driver.Allocate(1, 1);
            block.Driver.Memory.Write(status, (byte)0xff);
            queue.AddIndirect(header, new MockBuffer(data, 1000, true), new MockBuffer(data + 1000, 3096, true), new MockBuffer(status, 1, true));
            queue.Kick();
            requests.Add((queue, data, status, sector));
        }

        foreach ((MockQueue queue, _, _, _) in requests)
        {
            Assert.Equal(4097u, queue.Take().Written);
        }

        Assert.All(requests, request =>
        {
            Assert.Equal(BlockHarness.Ok, block.Driver.Memory.Read<byte>(request.Status));
            Assert.Equal(content.AsSpan((int)request.Sector * 512, 4096), block.Driver.Memory.GetSpan(request.Data, 4096));
        });
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_disk_in_the_hosts_memory_serves_short_and_long_requests_and_many_at_a_time(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine, size: 4 << 20, directory: "/dev/shm");
        byte[] content = BlockHarness.Pattern(4 << 20, 8);
        File.WriteAllBytes(block.Path, content);
        GuestAddress data = block.Driver.Allocate(60 * 4096);
        GuestAddress status = block.Driver.Allocate(60, 1);
        for (uint i = 0; i < 60; i++)
        {
            block.Queue.Add(
                block.Place(BlockHarness.Header(BlockHarness.In, i * 8)), new MockBuffer(data + (i * 4096), 4096, true), new MockBuffer(status + i, 1, true));
        }

        block.Queue.Kick();
        for (uint i = 0; i < 60; i++)
        {
            Assert.Equal(4097u, block.Queue.Take().Written);
        }

        Assert.Equal(content.AsSpan(0, 60 * 4096), block.Driver.Memory.GetSpan(data, 60 * 4096));
        Assert.Equal(content[512..(512 + (2 << 20))], block.Read(1, 2 << 20, out _));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 3, BlockHarness.Pattern(4096, 1)));
        Assert.Equal(BlockHarness.Pattern(4096, 1), block.Read(3, 4096, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_packed_queue_serves_too_when_it_was_asked_for(bool asked)
    {
        using BlockHarness block = new(options: new BlockDeviceOptions { Name = "block test", PackedQueue = asked }, activate: false);
        block.Driver.Activate(ulong.MaxValue);

        Assert.Equal(asked, block.Driver.Has(VirtioFeatures.PackedRing));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, BlockHarness.Pattern(512, 1)));
    }

    [Fact]
    public void The_serial_number_is_20_bytes_padded_with_zeros()
    {
        using BlockHarness block = new(options: new BlockDeviceOptions { Name = "block test", Id = "disk-1" });

        byte[] answer = block.Queue.Request(BlockHarness.Header(BlockHarness.GetId, 0), room: 21);

        Assert.Equal("disk-1"u8.ToArray(), answer[..6]);
        Assert.All(answer[6..21], b => Assert.Equal(0, b));
    }

    [Theory]
    [InlineData(2u)] // VIRTIO_BLK_T_SCSI_CMD
    [InlineData(3u)] // VIRTIO_BLK_T_SCSI_CMD_OUT
    [InlineData(10u)] // VIRTIO_BLK_T_GET_LIFETIME
    [InlineData(14u)] // VIRTIO_BLK_T_SECURE_ERASE
    [InlineData(0x80000000u)]
    public void A_request_of_a_type_that_is_not_offered_is_unsupported(uint type)
    {
        using BlockHarness block = new();

        Assert.Equal(BlockHarness.Unsupported, block.Send(type, 0, new byte[512]));
    }

    [Theory]
    [InlineData(2048ul, 512)] // behind the end
    [InlineData(2047ul, 1024)] // across the end
    [InlineData(ulong.MaxValue, 512)]
    [InlineData(0x80000000000000ul, 512)] // overflows as bytes
    [InlineData(0ul, 100)] // no whole sector
    public void A_transfer_that_is_not_of_sectors_of_the_disk_fails(ulong sector, int length)
    {
        using BlockHarness block = new();

        block.Read(sector, length, out byte read);
        byte written = block.Send(BlockHarness.Out, sector, new byte[length]);

        Assert.Equal(BlockHarness.IoError, read);
        Assert.Equal(BlockHarness.IoError, written);
        Assert.Equal(1 << 20, new FileInfo(block.Path).Length);
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
    }

    [Fact]
    public void The_last_sector_is_read_and_written()
    {
        using BlockHarness block = new();

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 2047, BlockHarness.Pattern(512, 9)));
        Assert.Equal(BlockHarness.Pattern(512, 9), block.Read(2047, 512, out _));
    }

    [Fact]
    public void A_header_in_pieces_and_a_status_behind_the_data_are_understood()
    {
        using BlockHarness block = new();
        File.WriteAllBytes(block.Path, BlockHarness.Pattern(1 << 20, 4));
        byte[] header = BlockHarness.Header(BlockHarness.In, 1);
        GuestAddress data = block.Driver.Allocate(513);

        block.Queue.Add(
            block.Place(header.AsSpan(0, 3)), block.Place(header.AsSpan(3, 9)), block.Place(header.AsSpan(12)), new MockBuffer(data, 513, Writable: true));
        block.Queue.Kick();

        Assert.Equal(513u, block.Queue.Take().Written);
        Assert.Equal(BlockHarness.Pattern(1 << 20, 4).AsSpan(512, 512), block.Driver.Memory.GetSpan(data, 512));
        Assert.Equal(BlockHarness.Ok, block.Driver.Memory.Read<byte>(data + 512));
    }

    [Fact]
    public void Data_in_the_same_descriptor_as_the_header_is_written()
    {
        using BlockHarness block = new();
        byte[] request = [.. BlockHarness.Header(BlockHarness.Out, 3), .. BlockHarness.Pattern(512, 6)];

        Assert.Equal([BlockHarness.Ok], block.Queue.Request(request, room: 1));
        Assert.Equal(BlockHarness.Pattern(512, 6), block.Read(3, 512, out _));
    }

    [Fact]
    public void A_header_cut_short_is_an_error_of_its_request_only()
    {
        using BlockHarness block = new();

        Assert.Equal([BlockHarness.IoError], block.Queue.Request(new byte[15], room: 1));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
    }

    [Fact]
    public void A_request_without_room_for_a_status_makes_the_device_need_a_reset_that_heals_it()
    {
        using BlockHarness block = new();
        block.Queue.Add(block.Place(BlockHarness.Header(BlockHarness.Flush, 0)));
        block.Queue.Kick();
        BlockHarness.WaitUntil(() => !block.Driver.Signals.Faults.IsEmpty);

        block.Driver.Reset();
        block.Driver.Activate();

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
    }

    [Fact]
    public void A_disk_that_is_only_read_refuses_every_kind_of_write()
    {
        using BlockHarness block = new(open: new DiskOpenOptions(ReadOnly: true));

        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Out, 0, new byte[512]));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, BlockHarness.Range(0, 1)));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.WriteZeroes, 0, BlockHarness.Range(0, 1)));
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
        block.Read(0, 512, out byte status);
        Assert.Equal(BlockHarness.Ok, status);
        Assert.Equal(0ul, block.Device.Features & ((1ul << 13) | (1ul << 14)));
        Assert.NotEqual(0ul, block.Device.Features & (1ul << 5));
    }

    [Fact]
    public void A_driver_that_does_not_flush_has_its_writes_flushed()
    {
        FlushCounter? counter = null;
        using BlockHarness block = new(wrap: disk => counter = new FlushCounter(disk), activate: false);
        block.Driver.Activate(~(1ul << 9) & ~VirtioFeatures.PackedRing);

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, new byte[512]));
        Assert.Equal(1, counter!.Flushes);
        block.Read(0, 512, out _);
        Assert.Equal(1, counter.Flushes);
    }
}
