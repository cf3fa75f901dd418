using Kvm.Interop.Memory;
using Virtio.Block;
using Virtio.Tests.Drivers;

namespace Virtio.Tests.Block;

/// <summary>O_DIRECT: on a file system that has it, with buffers that are aligned and not.</summary>
public class BlockDirectTests
{
    public static TheoryData<BlockEngineKind, bool> Engines => new()
    {
        { BlockEngineKind.Automatic, false }, { BlockEngineKind.Automatic, true }, { BlockEngineKind.Threads, false }, { BlockEngineKind.Threads, true },
    };

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void Buffers_of_every_alignment_arrive_whole(BlockEngineKind engine, bool isProtected)
    {
        using BlockHarness block = Open(engine);
        block.Driver.Activate(isProtected: isProtected);
        byte[] expected = BlockHarness.Pattern(1 << 20, 1);
        for (int sector = 0; sector < 2048; sector += 512)
        {
            Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, (ulong)sector, expected.AsSpan(sector * 512, 512 * 512)));
        }

        Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
        Assert.Equal(expected, File.ReadAllBytes(block.Path));
        foreach (uint alignment in (uint[])[1, 16, 512, 4096])
        {
            ulong mark = block.Driver.Mark;
            block.Driver.Allocate(3, 1);
            Assert.Equal(expected[8192..(8192 + 300_032)], block.Read(16, 300_032, out byte status, alignment));
            Assert.Equal(BlockHarness.Ok, status);
            block.Driver.Mark = mark;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void More_requests_than_there_are_aligned_buffers_all_come_back(BlockEngineKind engine, bool isProtected)
    {
        using BlockHarness block = Open(engine);
        block.Driver.Activate(isProtected: isProtected);
        byte[] expected = BlockHarness.Pattern(1 << 20, 2);
        File.WriteAllBytes(block.Path, expected);
        GuestAddress data = block.Driver.Allocate(524_288 + 64, 1) + 3;
        GuestAddress status = block.Driver.Allocate(64, 1);
        for (uint i = 0; i < 60; i++)
        {
            block.Queue.Add(
                block.Place(BlockHarness.Header(BlockHarness.In, 1024)), new MockBuffer(data, 524_288, true), new MockBuffer(status + i, 1, true));
        }

        block.Queue.Kick();
        for (uint i = 0; i < 60; i++)
        {
            Assert.Equal(524_289u, block.Queue.Take().Written);
        }

        Assert.All(block.Driver.Memory.GetSpan(status, 60).ToArray(), s => Assert.Equal(BlockHarness.Ok, s));
        Assert.Equal(expected[524_288..], block.Driver.Memory.GetSpan(data, 524_288).ToArray());
    }

    private static BlockHarness Open(BlockEngineKind engine)
    {
        try
        {
            return new BlockHarness(engine, open: new DiskOpenOptions(Direct: true, Lock: false), activate: false);
        }
        catch (DiskException e) when (e.Message.Contains("O_DIRECT", StringComparison.Ordinal))
        {
            throw new SkipException(e.Message);
        }
    }
}
