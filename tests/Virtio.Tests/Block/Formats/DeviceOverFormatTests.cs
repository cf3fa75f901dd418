using Virtio.Block;
using Virtio.Block.Formats.Composite;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Tests.Block.Formats;

public sealed class DeviceOverFormatTests : IDisposable
{
    private const int Size = 1 << 18;

    private readonly ImageFolder _folder = new();

    public static TheoryData<BlockEngineKind> Engines => BlockHarness.Engines;

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void A_device_reads_and_writes_a_qcow2_image_whose_clusters_lie_anywhere(BlockEngineKind engine)
    {
        File.WriteAllBytes(_folder["base"], DiskBytes.Pattern(1, Size / 2));
        Qcow2Disk disk = _folder.NewQcow2("disk", new Qcow2Creation(Size) { ClusterBits = 9, BackingFile = "base" });
        Use(engine, disk, [.. DiskBytes.Pattern(1, Size / 2), .. new byte[Size / 2]]);
        _folder.AssertClean("disk");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_device_reads_and_writes_components_that_end_inside_sectors(BlockEngineKind engine)
    {
        const int Cut = (Size / 3) + 77;
        File.WriteAllBytes(_folder["a"], new byte[Cut]);
        File.WriteAllBytes(_folder["b"], DiskBytes.Pattern(1, Size - Cut));
        CompositeMessage message = new() { Version = 2, Length = Size, Components = [new() { FilePath = "a", IsWritable = true }, new() { FilePath = "b", Offset = Cut, IsWritable = true }] };
        File.WriteAllBytes(_folder["disk"], [.. CompositeSpecification.Magic, .. message.ToByteArray()]);
        CompositeDisk disk = CompositeDisk.Open(ImageFolder.Open(_folder["disk"], writable: false), readOnly: false, lockFiles: true);
        Use(engine, disk, [.. new byte[Cut], .. DiskBytes.Pattern(1, Size - Cut)]);
    }

    public void Dispose() => _folder.Dispose();

    private static void Use(BlockEngineKind engine, IDisk disk, byte[] model)
    {
        using BlockHarness block = new(engine, wrap: raw =>
        {
            raw.Dispose();
            return disk;
        });
        Random random = new(6);
        for (int step = 0; step < 300; step++)
        {
            int sector = random.Next((Size / 512) - 8);
            int sectors = random.Next(1, 6);
            Span<byte> expected = model.AsSpan(sector * 512, sectors * 512);
            switch (random.Next(6))
            {
                case < 3:
                    random.NextBytes(expected);
                    Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Out, (ulong)sector, expected));
                    break;
                case 3:
                    Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.WriteZeroes, 0, BlockHarness.Range((ulong)sector, (uint)sectors)));
                    expected.Clear();
                    break;
                case 4:
                    Assert.Equal(BlockHarness.Ok, block.Send(BlockHarness.Flush, 0));
                    break;
                default:
                    Assert.True(expected.SequenceEqual(block.Read((ulong)sector, sectors * 512, out byte status)), $"sector {sector}");
                    Assert.Equal(BlockHarness.Ok, status);
                    break;
            }
        }

        Assert.Equal(model, disk.Read(0, Size));
    }
}
