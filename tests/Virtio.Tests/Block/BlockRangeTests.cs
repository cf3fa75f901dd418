using Virtio.Block;

namespace Virtio.Tests.Block;

public class BlockRangeTests
{
    public static TheoryData<BlockEngineKind> Engines => BlockHarness.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_discarded_range_reads_as_zeros_and_gives_its_blocks_back(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine);
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, BlockHarness.Pattern(65536, 1)));

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Discard, 0, [.. BlockHarness.Range(8, 8), .. BlockHarness.Range(32, 16)]));

        byte[] content = File.ReadAllBytes(block.Path);
        byte[] expected = BlockHarness.Pattern(65536, 1);
        expected.AsSpan(8 * 512, 8 * 512).Clear();
        expected.AsSpan(32 * 512, 16 * 512).Clear();
        Assert.Equal(expected, content[..65536]);
        Assert.Equal(1 << 20, content.Length);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void A_range_is_zeroed_with_and_without_leave_to_unmap(uint flags)
    {
        using BlockHarness block = new();
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, BlockHarness.Pattern(65536, 1)));

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.WriteZeroes, 0, BlockHarness.Range(1, 31, flags)));

        byte[] content = File.ReadAllBytes(block.Path);
        Assert.All(content[512..16384], b => Assert.Equal(0, b));
        Assert.Equal(BlockHarness.Pattern(65536, 1)[16384..65536], content[16384..65536]);
    }

    [Fact]
    public void Ranges_outside_the_disk_too_many_or_with_unknown_flags_touch_nothing()
    {
        using BlockHarness block = new();
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, 0, BlockHarness.Pattern(65536, 1)));
        byte[] good = BlockHarness.Range(0, 8);

        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, [.. good, .. BlockHarness.Range(2047, 2)]));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, [.. good, .. BlockHarness.Range(ulong.MaxValue, 2)]));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, good.AsSpan(0, 15)));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0));
        Assert.Equal(BlockHarness.IoError, block.Send(BlockHarness.Discard, 0, [.. Enumerable.Repeat(good, 33).SelectMany(r => r)]));
        Assert.Equal(BlockHarness.Unsupported, block.Send(BlockHarness.Discard, 0, [.. good, .. BlockHarness.Range(0, 8, flags: 1)]));
        Assert.Equal(BlockHarness.Unsupported, block.Send(BlockHarness.WriteZeroes, 0, [.. good, .. BlockHarness.Range(0, 8, flags: 2)]));

        Assert.Equal(BlockHarness.Pattern(65536, 1), File.ReadAllBytes(block.Path)[..65536]);
        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Discard, 0, [.. Enumerable.Repeat(good, 32).SelectMany(r => r)]));
    }

    [Fact]
    public void Discard_without_its_feature_is_unsupported()
    {
        using BlockHarness block = new(options: new BlockDeviceOptions { Name = "block test", Discard = false });

        Assert.Equal(BlockHarness.Unsupported, block.Send(BlockHarness.Discard, 0, BlockHarness.Range(0, 8)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_request_across_zeros_file_and_blocking_runs_is_whole(BlockEngineKind engine)
    {
        using BlockHarness block = new(engine, wrap: disk => new MixedDisk(disk));
        byte[] expected = new byte[1 << 20];
        Random random = new(11);
        for (int i = 0; i < 150; i++)
        {
            int sector = random.Next(2000);
            int length = random.Next(1, 48) * 512;
            ulong mark = block.Driver.Mark;
            switch (random.Next(4))
            {
                case 0:
                    Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Discard, 0, BlockHarness.Range((ulong)sector, (uint)length / 512)));
                    expected.AsSpan(sector * 512, length).Clear();
                    break;
                case 1:
                    Assert.Equal(expected[(sector * 512)..((sector * 512) + length)], block.Read((ulong)sector, length, out _));
                    break;
                default:
                    byte[] data = BlockHarness.Pattern(length, i);
                    Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, (ulong)sector, data));
                    data.CopyTo(expected.AsSpan(sector * 512));
                    break;
            }

            block.Driver.Mark = mark;
        }

        Assert.Equal(expected, block.Read(0, 1 << 20, out _));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Discards_among_transfers_in_flight_all_end(BlockEngineKind engine)
    {
        MixedDisk? mixed = null;
        using BlockHarness block = new(engine, wrap: disk => mixed = new MixedDisk(disk));
        ulong mark = block.Driver.Mark;
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < 60; i++)
            {
                byte[] header = BlockHarness.Header(i % 5 == 0 ? BlockHarness.Discard : BlockHarness.Out, (ulong)i * 30);
                block.Start(header, i % 5 == 0 ? BlockHarness.Range((ulong)i * 30, 20) : BlockHarness.Pattern(10240, i), out _);
            }

            for (int i = 0; i < 60; i++)
            {
                Assert.Equal(1u, block.Queue.Take().Written);
            }

            block.Driver.Mark = mark;
        }

        Assert.Equal(20 * 12, mixed!.Moves);
    }
}
