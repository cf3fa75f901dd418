using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

public sealed class FdtWriterTests
{
    private delegate void Calls(ref FdtWriter writer);

    [Fact]
    public void The_smallest_tree_is_a_header_an_empty_reservation_list_and_a_root()
    {
        byte[] blob = new byte[72];
        var writer = new FdtWriter(blob, bootCpuId: 7);
        writer.BeginNode(""u8);
        writer.EndNode();
        Assert.True(writer.Finish(out int length).IsNone);
        Assert.Equal(72, length);
        Assert.Equal(
            "d00dfeed000000480000003800000048000000280000001100000010000000070000000000000010" + "00000000000000000000000000000000" + "00000001000000000000000200000009",
            Convert.ToHexStringLower(blob));
    }

    [Fact]
    public void Names_are_stored_once_and_shared_as_tails()
    {
        byte[] blob = new byte[4096];
        var writer = new FdtWriter(blob);
        writer.BeginNode(""u8);
        writer.Property("linux,phandle"u8);
        writer.Property("phandle"u8);
        writer.Property("reg"u8);
        writer.BeginNode("a"u8);
        writer.Property("reg"u8);
        writer.Property("phandle"u8);
        writer.EndNode();
        writer.EndNode();
        Assert.True(writer.Finish(out int length).IsNone);
        Assert.Equal("reg\0linux,phandle\0"u8.ToArray(), blob[(length - 18)..length]);
        Assert.Equal(18, blob[35]);
        FdtTree tree = FdtTree.Parse(blob);
        Assert.Equal(["linux,phandle", "phandle", "reg"], tree.Root.Properties.Select(property => property.Name));
        Assert.Equal(["reg", "phandle"], tree.Find("/a")!.Properties.Select(property => property.Name));
    }

    [Fact]
    public void Every_type_of_value_is_written_big_endian()
    {
        byte[] blob = new byte[4096];
        var writer = new FdtWriter(blob);
        writer.Reserve(0x1000, 0x2000);
        writer.BeginNode("");
        writer.PropertyU32("cells", 1, 0xdeadbeef);
        writer.PropertyU64("long", 0x123456789abcdef0);
        writer.PropertyString("list", "a", "bc");
        writer.PropertyString("text"u8, "x\0y"u8);
        writer.Property("bytes", 1, 2, 3);
        writer.Property("flag"u8);
        writer.Phandle(0x10);
        writer.EndNode();
        Assert.True(writer.Finish(out int length).IsNone);
        FdtTree tree = FdtTree.Parse(blob.AsSpan(0, length));
        Assert.Equal([new FdtReservation(0x1000, 0x2000)], tree.Reservations);
        Assert.Equal([1u, 0xdeadbeef], tree.Root.Property("cells")!.ToU32s());
        Assert.Equal([0x123456789abcdef0], tree.Root.Property("long")!.ToU64s());
        Assert.Equal(["a", "bc"], tree.Root.Property("list")!.ToStrings());
        Assert.Equal(["x", "y"], tree.Root.Property("text")!.ToStrings());
        Assert.Equal([1, 2, 3], tree.Root.Property("bytes")!.Value.ToArray());
        Assert.True(tree.Root.Property("flag")!.Value.IsEmpty);
        Assert.Equal(0x10u, tree.Root.Phandle);
    }

    [Fact]
    public void Mistakes_are_refused_by_kind()
    {
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) => { });
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) => w.BeginNode(""u8));
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) => w.EndNode());
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) => w.Property("a"u8));
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.BeginNode("a"u8);
            w.EndNode();
            w.Property("late"u8);
        });
        AssertFault(FdtError.BadNesting, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.EndNode();
            w.BeginNode(""u8);
        });
        AssertFault(FdtError.BadName, (ref FdtWriter w) => w.BeginNode("root"u8));
        AssertFault(FdtError.BadName, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.BeginNode("a/b"u8);
        });
        AssertFault(FdtError.BadName, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.Property(""u8);
        });
        AssertFault(FdtError.DuplicateProperty, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.PropertyU32("reg"u8, 1);
            w.Property("linux,reg"u8);
            w.PropertyU32("reg"u8, 1);
        });
        AssertFault(FdtError.DuplicateNode, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.BeginNode("a"u8);
            w.BeginNode("b"u8);
            w.EndNode();
            w.EndNode();
            w.BeginNode("b"u8);
            w.EndNode();
            w.BeginNode("a"u8);
        });
        AssertFault(FdtError.BadPhandle, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.Phandle(uint.MaxValue);
        });
        AssertFault(FdtError.BadReservations, (ref FdtWriter w) => w.Reserve(0, 0));
        AssertFault(FdtError.BadReservations, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            w.Reserve(1, 1);
        });
        AssertFault(FdtError.TooDeep, (ref FdtWriter w) =>
        {
            w.BeginNode(""u8);
            for (int i = 0; i < FdtFormat.FDT_MAX_DEPTH; i++)
            {
                w.BeginNode("a"u8);
            }
        });
    }

    [Fact]
    public void A_destination_of_any_smaller_size_is_refused_and_nothing_beyond_it_written()
    {
        byte[] whole = TestTrees.Machine().ToBlob();
        for (int size = 0; size < whole.Length; size++)
        {
            byte[] destination = new byte[whole.Length + 8];
            destination.AsSpan(size).Fill(0xee);
            FdtException e = Assert.Throws<FdtException>(() => TestTrees.Machine().WriteTo(destination.AsSpan(0, size)));
            Assert.Equal(FdtError.NoSpace, e.Fault.Error);
            Assert.False(destination.AsSpan(size).ContainsAnyExcept((byte)0xee));
        }

        Assert.Equal(whole.Length, TestTrees.Machine().WriteTo(new byte[whole.Length]));
    }

    [Fact]
    public void A_tree_of_more_than_2_MiB_is_refused()
    {
        var tree = new FdtTree();
        tree.Root.SetBytes("big", new byte[FdtFormat.FDT_MAX_SIZE - 100]);
        Assert.InRange(tree.ToBlob().Length, FdtFormat.FDT_MAX_SIZE - 100, FdtFormat.FDT_MAX_SIZE);
        tree.Root.SetBytes("big", new byte[FdtFormat.FDT_MAX_SIZE]);
        Assert.Equal(FdtError.NoSpace, Assert.Throws<FdtException>(() => tree.ToBlob()).Fault.Error);
        Assert.Throws<FdtException>(() => tree.WriteTo(new byte[3 * FdtFormat.FDT_MAX_SIZE]));
    }

    [Fact]
    public void Writing_and_reading_allocate_nothing()
    {
        byte[] blob = new byte[4096];
        Assert.Equal(1, WriteAndRead(blob));
        int found = 0;
        Assert.Equal(0, Allocations.Of(() => found = WriteAndRead(blob)));
        Assert.Equal(1, found);
    }

    private static int WriteAndRead(Span<byte> blob)
    {
        // Not constants: for a span of those the runtime makes an object each time, until it has optimised the caller.
        uint cells = (uint)blob.Length / 2048;
        ulong address = (ulong)blob.Length << 4;
        var writer = new FdtWriter(blob);
        writer.Reserve(0x1000, 0x1000);
        writer.BeginNode(""u8);
        writer.PropertyU32("#address-cells"u8, cells);
        writer.BeginNode("pci@10000"u8);
        writer.PropertyU64("reg"u8, address, address << 8);
        writer.PropertyString("compatible"u8, "pci-host-cam-generic"u8);
        writer.EndNode();
        writer.EndNode();
        _ = writer.Finish(out int length);
        _ = FdtReader.Open(blob[..length], out FdtReader reader);
        return reader.TryFind("/pci"u8, out FdtNodeView node) && node.TryGetProperty("compatible"u8, out FdtPropertyView found)
            && found.ListContains("pci-host-cam-generic"u8) ? 1 : 0;
    }

    private static void AssertFault(FdtError error, Calls calls)
    {
        var writer = new FdtWriter(new byte[4096]);
        calls(ref writer);
        Assert.Equal(error, writer.Finish(out int length).Error);
        Assert.Equal(0, length);
    }
}
