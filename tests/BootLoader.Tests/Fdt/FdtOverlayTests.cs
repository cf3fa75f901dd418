using BootLoader.Fdt;

namespace BootLoader.Tests.Fdt;

public sealed class FdtOverlayTests
{
    private const string Base = """
        /dts-v1/;
        / {
            #address-cells = <2>;
            aliases { serial0 = "/soc/uart@1000"; };
            intc: intc { phandle = <1>; };
            soc: soc {
                uart0: uart@1000 { status = "disabled"; interrupt-parent = <&intc>; };
                clk: clock { phandle = <7>; };
            };
        };
        """;

    public static TheoryData<string, string> Overlays => new()
    {
        { "by label", "/dts-v1/; /plugin/; &uart0 { status = \"okay\"; interrupt-parent = <&intc>; both = <&clk 3 &intc>; };" },
        { "by path", "/dts-v1/; /plugin/; &{/soc} { dev@2000 { reg = <0 0x2000>; }; };" },
        { "at the root", "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"/\"; __overlay__ { model = \"m\"; soc { x; }; }; }; };" },
        { "by alias", "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"serial0\"; __overlay__ { by-alias; }; }; };" },
        { "node without address", "/dts-v1/; /plugin/; &soc { uart { merged; }; };" },
        { "local references", "/dts-v1/; /plugin/; &soc { a: a { me = <&a>; }; b: b { to = <&a>, <&clk>, <&a>; sub { up = <&b>; }; }; };" },
        { "two fragments", "/dts-v1/; /plugin/; &uart0 { p = <1>; l: below { }; }; &soc { q = <&l>; };" },
        { "same value twice", "/dts-v1/; /plugin/; &uart0 { p = <1>; }; &{/soc/uart@1000} { p = <1>; };" },
    };

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public void An_overlay_gives_the_tree_that_fdtoverlay_gives(string what, string source)
    {
        byte[] target = TestTrees.Compile(Base, "-@");
        byte[] overlay = TestTrees.Compile(source, "-@");
        byte[] expected = Tool.OnFiles("fdtoverlay", ["-i", "{0}", "-o", "{out}", "{1}"], target, overlay);
        FdtTree tree = FdtTree.Parse(target);
        new FdtOverlayMerge(tree).Apply(what, FdtTree.Parse(overlay));
        Assert.Equal(TestTrees.Sorted(expected), TestTrees.Sorted(tree.ToBlob()));
        Assert.NotEqual(TestTrees.Sorted(target), TestTrees.Sorted(tree.ToBlob()));
    }

    [SkippableFact]
    public void An_overlay_can_change_what_an_earlier_one_added()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        var merge = new FdtOverlayMerge(tree);
        merge.Apply("one", Compile("&soc { extra: extra@1 { a = <1>; }; };"));
        merge.Apply("two", Compile("&extra { b = <&extra>; };"));
        FdtNode extra = tree.Find("/soc/extra@1")!;
        Assert.Equal((1u, extra.Phandle), (extra.GetU32("a"), extra.GetU32("b")));
        Assert.Equal("/soc/extra@1", tree.Find("/__symbols__")!.GetString("extra"));
    }

    [SkippableFact]
    public void A_node_that_has_a_phandle_keeps_it_and_references_follow()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        new FdtOverlayMerge(tree).Apply("again", Compile("&soc { c: clock { rate = <5>; }; user { clocks = <&c>; }; };"));
        Assert.Equal(7u, tree.Find("/soc/clock")!.Phandle);
        Assert.Equal(7u, tree.Find("/soc/user")!.GetU32("clocks"));
    }

    [SkippableFact]
    public void A_label_at_the_target_itself_is_the_targets_path()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        new FdtOverlayMerge(tree).Apply("label", Compile("/ { fragment@0 { target-path = \"/soc\"; lab: __overlay__ { n = <&lab>; }; }; };"));
        Assert.Equal("/soc", tree.Find("/__symbols__")!.GetString("lab"));
        Assert.Equal(tree.Find("/soc")!.Phandle, tree.Find("/soc")!.GetU32("n"));
    }

    [SkippableFact]
    public void Reservations_are_merged()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        FdtTree overlay = Compile("&soc { a; };");
        overlay.Reservations.Add(new FdtReservation(0x1000, 0x2000));
        new FdtOverlayMerge(tree).Apply("memory", overlay);
        Assert.Equal([new FdtReservation(0x1000, 0x2000)], tree.Reservations);
    }

    [SkippableFact]
    public void Overlays_that_set_one_property_to_different_values_are_refused_with_both_names()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        var merge = new FdtOverlayMerge(tree);
        merge.Apply("one.dtbo", Compile("&uart0 { status = \"okay\"; same = <1>; };"));
        merge.Apply("same.dtbo", Compile("&uart0 { same = <1>; };"));
        string message = Assert.Throws<FdtException>(() => merge.Apply("two.dtbo", Compile("&uart0 { status = \"fail\"; };"))).Message;
        Assert.Equal("overlay two.dtbo: overlaps one.dtbo, fragment@0: /soc/uart@1000:status would be \"fail\" and is \"okay\"", message);
    }

    [SkippableFact]
    public void Fragments_that_set_one_property_to_different_values_are_refused()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        FdtTree overlay = Compile("&uart0 { p = <1>; }; &{/soc/uart@1000} { p = <2>; };");
        string message = Assert.Throws<FdtException>(() => new FdtOverlayMerge(tree).Apply("o", overlay)).Message;
        Assert.Equal("overlay o: overlaps o, fragment@0: /soc/uart@1000:p would be <0x2> and is <0x1>", message);
    }

    [SkippableTheory]
    [InlineData("&nowhere { a; }; &soc { b = <&neither>; };", "refers to nowhere, neither, which the device tree that it is applied to does not define")]
    [InlineData("&{/none} { a; };", "fragment@0 changes /none, which the device tree that it is applied to does not have")]
    [InlineData("/ { a; };", "is no overlay: none of its nodes has an __overlay__")]
    [InlineData("/ { fragment@0 { __overlay__ { a; }; }; };", "fragment@0 has neither target nor target-path")]
    [InlineData("/ { fragment@0 { target = <0x99>; __overlay__ { a; }; }; };", "fragment@0 changes phandle 0x99, which the device tree that it is applied to does not have")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { phandle = <0xfffffffe>; }; }; };", "has phandle 0xfffffffe, for which there is no number")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { a; }; }; __fixups__ { soc = \"/fragment@0:a\"; }; };", "names the place \"/fragment@0:a\"")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { a; }; }; __fixups__ { soc = \"/fragment@0/__overlay__:a:0\"; }; };", "does not exist")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { a; }; }; __fixups__ { soc = \"/fragment@0/__overlay__:a:4294967295\"; }; };", "does not exist")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { a; }; }; __local_fixups__ { gone { a = <0>; }; }; };", "stands for no node")]
    [InlineData("/ { fragment@0 { target-path = \"/\"; __overlay__ { a; }; }; __local_fixups__ { fragment@0 { a = <4>; }; }; };", "does not exist")]
    public void An_overlay_that_does_not_fit_is_refused_with_the_reason(string source, string reason)
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        string message = Assert.Throws<FdtException>(() => new FdtOverlayMerge(tree).Apply("o.dtbo", Compile(source))).Message;
        Assert.StartsWith("overlay o.dtbo: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_filter_keeps_the_labelled_nodes_and_what_they_need()
    {
        const string Source = """
            &soc {
                group {
                    shared = <1>;
                    wanted: wanted@1 { clocks = <&needed>; child { x; }; };
                    other: other@2 { clocks = <&unneeded>; };
                };
                needed: needed { parent = <&deeper>; };
                unneeded: unneeded { };
            };
            &uart0 { deeper: deeper { }; untouched { }; };
            """;
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        new FdtOverlayMerge(tree).Apply("assigned", Compile(Source), ["wanted"]);
        Assert.Equal(
            ["/soc/clock", "/soc/group", "/soc/group/wanted@1", "/soc/group/wanted@1/child", "/soc/needed", "/soc/uart@1000", "/soc/uart@1000/deeper"],
            tree.Find("/soc")!.SelfAndDescendants().Skip(1).Select(node => node.Path).Order(StringComparer.Ordinal));
        Assert.Equal(1u, tree.Find("/soc/group")!.GetU32("shared"));
        Assert.Equal(tree.Find("/soc/needed")!.Phandle, tree.Find("/soc/group/wanted@1")!.GetU32("clocks"));
        Assert.Equal("/soc/group/wanted@1", tree.Find("/__symbols__")!.GetString("wanted"));
        Assert.Null(tree.Find("/__symbols__")!.GetString("needed"));
    }

    [SkippableFact]
    public void A_filter_without_labels_keeps_nothing()
    {
        byte[] before = TestTrees.Compile(Base, "-@");
        FdtTree tree = FdtTree.Parse(before);
        new FdtOverlayMerge(tree).Apply("none", Compile("&soc { a: a { }; };"), []);
        Assert.Equal(TestTrees.Sorted(before), TestTrees.Sorted(tree.ToBlob()));
    }

    [SkippableFact]
    public void A_filter_by_a_label_that_the_overlay_lacks_is_refused()
    {
        FdtTree tree = FdtTree.Parse(TestTrees.Compile(Base, "-@"));
        string message = Assert.Throws<FdtException>(() => new FdtOverlayMerge(tree).Apply("o", Compile("&soc { a: a { }; };"), ["b"])).Message;
        Assert.Equal("overlay o: does not define the label b that it is to be cut down to", message);
    }

    [SkippableFact]
    public void Mutated_overlays_never_do_more_than_be_refused()
    {
        byte[] target = TestTrees.Compile(Base, "-@");
        byte[] overlay = TestTrees.Compile("/dts-v1/; /plugin/; &soc { a: a { me = <&a &clk>; }; }; &uart0 { b = <&a>; };", "-@");
        var random = new Random(11);
        int merged = 0;
        for (int i = 0; i < 3_000; i++)
        {
            byte[] mutant = [.. overlay];
            mutant[random.Next(mutant.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                FdtTree tree = FdtTree.Parse(target);
                new FdtOverlayMerge(tree).Apply("mutant", FdtTree.Parse(mutant), i % 3 == 0 ? ["a"] : null);
                merged += tree.ToBlob().Length > 0 ? 1 : 0;
            }
            catch (FdtException)
            {
            }
        }

        Assert.InRange(merged, 100, 2_999);
    }

    private static FdtTree Compile(string source) => FdtTree.Parse(TestTrees.Compile($"/dts-v1/; /plugin/; {source}", "-@"));
}
