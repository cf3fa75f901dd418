using BootLoader.Fdt;
using FsCheck;
using FsCheck.Fluent;

namespace BootLoader.Tests.Fdt;

public sealed class FdtTreeTests
{
    [Fact]
    public void A_tree_is_found_in_by_path_alias_and_phandle()
    {
        FdtTree tree = TestTrees.Machine();
        tree.Root.AddChild("aliases").SetString("second", "/cpus/cpu@1");
        Assert.Equal("/cpus/cpu@1", tree.Find("/cpus/cpu@1")!.Path);
        Assert.Equal("/cpus/cpu@0", tree.Find("/cpus/cpu")!.Path);
        Assert.Equal("/cpus/cpu@1", tree.Find("second")!.Path);
        Assert.Same(tree.Root, tree.Find("/"));
        Assert.Null(tree.Find("/nothing"));
        Assert.Null(tree.Find("third"));
        Assert.Equal("/intc", tree.FindByPhandle(1)!.Path);
        Assert.Null(tree.FindByPhandle(2));
        Assert.Equal(1u, tree.MaxPhandle);
    }

    [Fact]
    public void An_alias_that_names_itself_leads_nowhere()
    {
        var tree = new FdtTree();
        tree.Root.AddChild("aliases").SetString("a", "a");
        Assert.Null(tree.Find("a/b"));
    }

    [Fact]
    public void A_property_is_replaced_in_its_place()
    {
        FdtNode node = TestTrees.Machine().Root;
        node.SetU32("#size-cells", 1);
        Assert.Equal(["#address-cells", "#size-cells", "compatible"], node.Properties.Select(property => property.Name));
        Assert.Equal(1u, node.GetU32("#size-cells"));
        Assert.True(node.Remove("#size-cells"));
        Assert.False(node.Remove("#size-cells"));
    }

    [Fact]
    public void Values_of_another_type_are_none()
    {
        FdtNode node = TestTrees.Machine().Find("/chosen")!;
        Assert.Null(node.GetU32("seed"));
        Assert.Null(node.GetU64("bootargs"));
        Assert.Null(node.GetString("seed"));
        Assert.Equal("", node.GetString("empty"));
        Assert.Throws<FdtException>(() => node.Property("seed")!.ToU32s());
        Assert.Throws<FdtException>(() => node.Property("seed")!.ToStrings());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("é")]
    public void A_name_that_is_none_is_refused_with_its_node(string name)
    {
        FdtNode node = TestTrees.Machine().Find("/cpus")!;
        Assert.StartsWith("/cpus: ", Assert.Throws<FdtException>(() => node.AddChild(name)).Message, StringComparison.Ordinal);
        Assert.StartsWith("/cpus: ", Assert.Throws<FdtException>(() => node.SetFlag(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_subnode_of_a_name_is_refused()
    {
        FdtNode cpus = TestTrees.Machine().Find("/cpus")!;
        Assert.Equal("/cpus: there is a subnode cpu@0 already", Assert.Throws<FdtException>(() => cpus.AddChild("cpu@0")).Message);
        Assert.Same(cpus.Child("cpu@0"), cpus.GetOrAddChild("cpu@0"));
    }

    [Fact]
    public void A_phandle_of_two_nodes_or_out_of_range_is_refused_when_written()
    {
        FdtTree tree = TestTrees.Machine();
        tree.Find("/cpus")!.SetPhandle(1);
        Assert.Equal("/cpus: phandle 0x1 is that of /intc already", Assert.Throws<FdtException>(() => tree.ToBlob()).Message);
        tree.Find("/cpus")!.SetPhandle(0);
        Assert.Equal("/cpus: phandle 0x0 is reserved", Assert.Throws<FdtException>(() => tree.ToBlob()).Message);
    }

    [Fact]
    public void A_string_with_a_NUL_is_refused() =>
        Assert.Throws<FdtException>(() => TestTrees.Machine().Root.SetString("model", "a\0b"));

    [Fact]
    public void Any_tree_that_is_written_is_read_as_the_same_tree()
    {
        Gen<byte[]> value = Gen.OneOf(
            Gen.Constant(Array.Empty<byte>()),
            Gen.ArrayOf(Gen.Choose(0, 255).Select(number => (byte)number)),
            Gen.ArrayOf(Gen.Choose(0x20, 0x7e).Select(number => (byte)number)).Select(text => (byte[])[.. text, 0]));
        Gen<string> name = Gen.NonEmptyListOf(Gen.Elements("abzAZ09,._+*#?@-".ToCharArray())).Select(letters => new string([.. letters]));
        Gen<(int Parent, string Node, string Property, byte[] Value)> step =
            from parent in Gen.Choose(0, 20)
            from node in name
            from property in name
            from bytes in value
            select (parent, node, property, bytes);
        Prop.ForAll(Gen.ListOf(step).ToArbitrary(), steps =>
        {
            var tree = new FdtTree { BootCpuId = (uint)steps.Count };
            List<FdtNode> nodes = [tree.Root];
            foreach ((int parent, string node, string property, byte[] bytes) in steps)
            {
                nodes.Add(nodes[parent % nodes.Count].GetOrAddChild(node));
                nodes[^1].SetBytes(property is "phandle" or "linux,phandle" ? "other" : property, bytes);
                tree.Reservations.Add(new FdtReservation((ulong)parent, (ulong)bytes.Length + 1));
            }

            FdtTree again = FdtTree.Parse(tree.ToBlob());
            return tree.BootCpuId == again.BootCpuId && tree.Reservations.SequenceEqual(again.Reservations) && Same(tree.Root, again.Root);
        }).QuickCheckThrowOnFailure();
    }

    private static bool Same(FdtNode a, FdtNode b) =>
        a.Name == b.Name
        && a.Properties.Count == b.Properties.Count
        && a.Children.Count == b.Children.Count
        && a.Properties.Zip(b.Properties).All(pair => pair.First.Name == pair.Second.Name && pair.First.Value.Span.SequenceEqual(pair.Second.Value.Span))
        && a.Children.Zip(b.Children).All(pair => Same(pair.First, pair.Second));
}
