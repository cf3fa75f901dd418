using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

public sealed class FdtHostileTests
{
    [Fact]
    public void A_blob_cut_short_at_any_byte_is_refused()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.Equal(FdtError.Truncated, FdtReader.Open(blob.AsSpan(0, length), out _).Error);
        }
    }

    [Fact]
    public void A_blob_whose_header_hides_that_it_is_cut_short_is_refused_or_read_inside_its_bounds()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        for (int length = FdtFormat.FDT_V17_SIZE; length < blob.Length; length++)
        {
            byte[] cut = blob[..length];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(cut.AsSpan(4), length);
            Assert.NotEqual(FdtError.None, FdtReader.Open(cut, out _).Error);
        }
    }

    [Fact]
    public void Mutated_blobs_never_do_more_than_be_refused()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        var random = new Random(1234);
        int refused = 0;
        const int Mutations = 30_000;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutant = [.. blob];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                // Words of the header and the structure matter more than text.
                int at = random.Next(mutant.Length / 4) * 4;
                mutant.AsSpan(at, 4).Fill((byte)(random.Next(3) - 1));
                mutant[at + random.Next(4)] = (byte)random.Next(random.Next(2) == 0 ? 16 : 256);
            }

            FdtFault fault = FdtReader.Open(mutant, out FdtReader reader);
            if (!fault.IsNone)
            {
                Assert.InRange(fault.Offset, 0, mutant.Length);
                refused++;
                continue;
            }

            Walk(reader.Root, 0);
        }

        Assert.InRange(refused, Mutations / 2, Mutations - 1);
    }

    [Fact]
    public void Mutated_blobs_that_are_taken_can_be_printed_written_and_read_again()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        var random = new Random(99);
        int taken = 0;
        for (int i = 0; i < 3_000; i++)
        {
            byte[] mutant = [.. blob];
            mutant[random.Next(mutant.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                FdtTree tree = FdtTree.Parse(mutant);
                Assert.Equal(FdtDump.ToText(tree), FdtDump.ToText(tree.ToBlob()));
                taken++;
            }
            catch (FdtException)
            {
            }
        }

        Assert.InRange(taken, 100, 2_999);
    }

    [Fact]
    public void Bytes_that_change_after_they_were_checked_do_not_lead_outside()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        var random = new Random(5);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] changing = [.. blob];
            Assert.True(FdtReader.Open(changing, out FdtReader reader).IsNone);
            for (int change = 0; change < 8; change++)
            {
                changing[random.Next(FdtFormat.FDT_V17_SIZE, changing.Length)] = (byte)random.Next(256);
            }

            Walk(reader.Root, 0);
        }
    }

    private static int Walk(FdtNodeView node, int depth)
    {
        int bytes = node.Name.Length;
        foreach (FdtPropertyView property in node.Properties)
        {
            bytes += property.Name.Length + property.Value.Length;
            _ = property.ListContains("x"u8) | property.TryGetString(out _) | property.TryGetU32(out _) | property.TryGetU64(out _);
        }

        foreach (FdtNodeView child in node.Children)
        {
            bytes += depth < 1000 ? Walk(child, depth + 1) : 0;
        }

        return bytes;
    }
}
