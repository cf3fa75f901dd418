using System.Buffers.Binary;
using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

public sealed class FdtReaderTests
{
    [Fact]
    public void A_blob_is_walked_in_place()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        Assert.True(FdtReader.Open([.. blob, 1, 2, 3], out FdtReader reader).IsNone);
        Assert.Equal(blob.Length, reader.Blob.Length);
        Assert.Equal((1u, 1), (reader.BootCpuId, reader.ReservationCount));
        Assert.Equal(new FdtReservation(0x80000000, 0x1000), reader.Reservation(0));
        Assert.True(reader.Root.TryGetProperty("compatible"u8, out FdtPropertyView compatible));
        Assert.True(compatible.ListContains("linux,dummy-virt"u8));
        Assert.False(compatible.ListContains("linux"u8));
        Assert.False(compatible.TryGetString(out _));
        Assert.True(reader.TryFind("/cpus/cpu@1"u8, out FdtNodeView cpu));
        Assert.True(cpu.TryGetProperty("reg"u8, out FdtPropertyView reg) && reg.TryGetU32(out uint id) && id == 1);
        Assert.True(reader.TryFind("/cpus/cpu"u8, out cpu) && cpu.Name.SequenceEqual("cpu@0"u8));
        Assert.False(reader.TryFind("/cpus/cpu@2"u8, out _));
        Assert.False(reader.TryFind("/cpus/cpu@0/reg"u8, out _));
        Assert.False(reader.TryFind("cpus"u8, out _));
        Assert.True(reader.TryFind("/intc"u8, out FdtNodeView intc) && intc.TryGetProperty("reg"u8, out reg));
        Assert.False(reg.TryGetU64(out _));
        Assert.True(reg.TryGetCell(1, out uint cell) && cell == 0x3fff0000);
        Assert.False(reg.TryGetCell(8, out _) || reg.TryGetCell(-1, out _));
        int children = 0;
        foreach (FdtNodeView child in reader.Root.Children)
        {
            children += child.Name.Length > 0 ? 1 : 0;
        }

        Assert.Equal(3, children);
    }

    [Fact]
    public void A_blob_of_version_16_is_read()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(20), 16);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(36), 0xffffffff);
        Assert.Equal("linux,dummy-virt", FdtTree.Parse(blob).Root.Property("compatible")!.ToStrings()[0]);
    }

    [SkippableFact]
    public void A_blob_with_nops_is_read()
    {
        byte[] blob = TestTrees.Compile("/dts-v1/; / { a = <1>; b { c = <2>; }; };");
        int structure = (int)BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(8));

        // The property "a" becomes four NOPs.
        for (int offset = structure + 8; offset < structure + 24; offset += 4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(offset), FdtFormat.FDT_NOP);
        }

        FdtTree tree = FdtTree.Parse(blob);
        Assert.Empty(tree.Root.Properties);
        Assert.Equal(2u, tree.Find("/b")!.GetU32("c"));
    }

    [Theory]
    [InlineData(0, 0xd00dfeecu, FdtError.BadMagic)]
    [InlineData(4, 0xffffffffu, FdtError.Truncated)]
    [InlineData(4, 39u, FdtError.BadLayout)]
    [InlineData(8, 0xfffffffcu, FdtError.BadLayout)]
    [InlineData(8, 41u, FdtError.BadLayout)]
    [InlineData(8, 0u, FdtError.BadLayout)]
    [InlineData(12, 0xffffffffu, FdtError.BadLayout)]
    [InlineData(12, 4u, FdtError.BadLayout)]
    [InlineData(16, 0xfffffff8u, FdtError.BadLayout)]
    [InlineData(16, 44u, FdtError.BadLayout)]
    [InlineData(20, 15u, FdtError.BadVersion)]
    [InlineData(24, 18u, FdtError.BadVersion)]
    [InlineData(32, 0xffffffffu, FdtError.BadLayout)]
    [InlineData(32, 0u, FdtError.BadStringOffset)]
    [InlineData(36, 0xffffffffu, FdtError.BadLayout)]
    [InlineData(36, 8u, FdtError.BadStructure)]
    public void A_header_that_does_not_hold_is_refused_by_kind(int offset, uint value, FdtError error)
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(offset), value);
        Assert.Equal(error, FdtReader.Open(blob, out _).Error);
        Assert.Contains("device tree", Assert.Throws<FdtException>(() => FdtTree.Parse(blob)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Structure_that_makes_no_tree_is_refused_by_kind()
    {
        AssertFault(FdtError.BadNesting, 9);
        AssertFault(FdtError.BadNesting, 2, 9);
        AssertFault(FdtError.BadNesting, 1, 0, 9);
        AssertFault(FdtError.BadNesting, 1, 0, 2, 2, 9);
        AssertFault(FdtError.BadNesting, 1, 0, 2, 1, 0, 2, 9);
        AssertFault(FdtError.BadNesting, 3, 0, 0, 9);
        AssertFault(FdtError.BadNesting, 1, 0, 1, 0x61000000, 2, 3, 0, 0, 2, 9);
        AssertFault(FdtError.BadStructure, 1, 0, 2);
        AssertFault(FdtError.BadStructure, 1, 0, 5, 2, 9);
        AssertFault(FdtError.BadStructure, 1, 0x61626364, 0x61626364, 0x61626364);
        AssertFault(FdtError.BadStructure, 1, 0, 3, 0xfffffff0, 0, 2, 9);
        AssertFault(FdtError.BadStructure, 1, 0, 3, 13, 0, 2, 9);
        AssertFault(FdtError.BadStringOffset, 1, 0, 3, 0, 0xffffffff, 2, 9);
        AssertFault(FdtError.BadStringOffset, 1, 0, 3, 0, 2, 2, 9);
        AssertFault(FdtError.BadName, 1, 0, 3, 0, 1, 2, 9);
        AssertFault(FdtError.BadName, 1, 0x61000000, 2, 9);
        AssertFault(FdtError.BadName, 1, 0, 1, 0, 2, 2, 9);
        AssertFault(FdtError.BadName, 1, 0, 1, 0x612f6200, 2, 2, 9);
        AssertFault(FdtError.None, 1, 0, 3, 0, 0, 4, 1, 0x61000000, 2, 2, 9);
    }

    [Fact]
    public void Nesting_deeper_than_the_limit_is_refused()
    {
        AssertFault(FdtError.None, Nested(FdtFormat.FDT_MAX_DEPTH));
        AssertFault(FdtError.TooDeep, Nested(FdtFormat.FDT_MAX_DEPTH + 1));
        AssertFault(FdtError.TooDeep, Nested(100_000));
    }

    [Fact]
    public void Reservations_without_end_are_refused()
    {
        byte[] blob = TestTrees.Machine().ToBlob();
        blob.AsSpan(FdtFormat.FDT_V17_SIZE).Fill(0x11);
        Assert.Equal(FdtError.BadReservations, FdtReader.Open(blob, out _).Error);
    }

    [Fact]
    public void Two_properties_or_subnodes_of_one_name_are_refused_with_their_node()
    {
        byte[] properties = Blob(1, 0, 1, 0x62000000, 3, 0, 0, 3, 0, 0, 2, 2, 9);
        Assert.Equal("device tree blob: /b has the property a twice", Assert.Throws<FdtException>(() => FdtTree.Parse(properties)).Message);
        byte[] nodes = Blob(1, 0, 1, 0x62000000, 2, 1, 0x62000000, 2, 2, 9);
        Assert.Equal("device tree blob: / has the subnode b twice", Assert.Throws<FdtException>(() => FdtTree.Parse(nodes)).Message);
    }

    private static void AssertFault(FdtError error, params uint[] structure) => Assert.Equal(error, FdtReader.Open(Blob(structure), out _).Error);

    /// <summary>A blob with the given structure block and the strings "a", "" and one that is not terminated.</summary>
    private static byte[] Blob(params uint[] structure)
    {
        byte[] blob = new byte[56 + (structure.Length * 4) + 3];
        uint strings = (uint)blob.Length - 3;
        uint[] words = [FdtFormat.FDT_MAGIC, (uint)blob.Length, 56, strings, 40, 17, 16, 0, 3, (uint)structure.Length * 4, 0, 0, 0, 0, .. structure];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(i * 4), words[i]);
        }

        "a\0b"u8.CopyTo(blob.AsSpan((int)strings));
        return blob;
    }

    private static uint[] Nested(int depth) =>
        [1, 0, .. Enumerable.Repeat(new uint[] { 1, 0x61000000 }, depth - 1).SelectMany(words => words), .. Enumerable.Repeat(2u, depth), 9];
}
