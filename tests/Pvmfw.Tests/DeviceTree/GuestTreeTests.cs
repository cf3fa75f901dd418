using BootLoader.Fdt;
using Pvmfw.DeviceTree;

namespace Pvmfw.Tests.DeviceTree;

public sealed class GuestTreeTests
{
    private static readonly byte[] s_seeds = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, .. new byte[256]];

    [Fact]
    public void The_tree_of_a_guest_is_the_one_that_was_reviewed() => GoldenText.Check("guest.dts", Text(HostTrees.Make(), default));

    [Fact]
    public void The_tree_of_a_guest_that_has_everything_is_the_one_that_was_reviewed() => GoldenText.Check(
        "guest-full.dts", Text(HostTrees.MakeFull(), new GuestTreeParameters { IsDebuggable = true, IsNewInstance = true, Policy = AllAllowed() }));

    [Fact]
    public void A_guests_tree_is_taken_by_the_rules_for_a_hosts()
    {
        FdtTree tree = HostTrees.MakeFull();
        Assert.Equal(TreeFault.None, HostTrees.Read(FdtTree.Parse(Write(tree, default))));
    }

    [Fact]
    public void Nodes_and_properties_that_the_firmware_does_not_know_do_not_reach_the_guest()
    {
        FdtTree tree = HostTrees.MakeFull();
        string before = Text(tree, default);
        foreach (FdtNode node in tree.Root.SelfAndDescendants().Where(node => !node.Path.StartsWith("/avf", StringComparison.Ordinal)).ToArray())
        {
            node.SetString("evil", "property");
        }

        FdtNode device = tree.Root.AddChild("evil");
        device.SetString("compatible", "evil,device");
        device.SetU64("reg", 0x8000_0000, 0x1000);
        tree.Find("/reserved-memory")!.AddChild("evil").SetU64("reg", 0x8000_0000, 0x1000);
        tree.Find("/pci")!.AddChild("evil").SetFlag("evil");
        tree.Find("/chosen")!.SetFlag("avf,new-instance");
        tree.Find("/chosen")!.SetU64("kaslr-seed", 1234);
        tree.Find("/vmwdt@3000")!.SetU32("timeout-sec", 1_000_000);
        tree.Find("/timer")!.SetU32("interrupts", 1, 2, 3);

        Assert.Equal(before, Text(tree, default));
    }

    [Fact]
    public void A_tree_that_does_not_fit_is_a_fault_and_nothing_is_written_behind_its_place()
    {
        FdtTree tree = HostTrees.MakeFull();
        int whole = Write(tree, default).Length;
        for (int size = 0; size < whole; size += 37)
        {
            byte[] space = new byte[size + 64];
            space.AsSpan(size).Fill(0xa5);
            Assert.Equal(TreeFault.None, OurMachineTests.Facts(tree, out TreeFacts facts));

            FdtFault fault = GuestTree.Write(space.AsSpan(0, size), facts, default, new byte[GuestTree.SeedSize], out int length);

            Assert.Equal(FdtError.NoSpace, fault.Error);
            Assert.Equal(0, length);
            Assert.Equal(-1, space.AsSpan(size).IndexOfAnyExcept((byte)0xa5));
        }
    }

    [Fact]
    public void The_largest_tree_that_the_rules_allow_has_its_room()
    {
        FdtTree tree = HostTrees.MakeFull(cpus: 16, pciDevices: 16);
        FdtNode list = tree.Find("/cpus")!;
        list.RemoveChild(list.Child("cpu-map")!);
        for (uint i = 0; i < 16; i++)
        {
            list.GetOrAddChild("cpu-map").GetOrAddChild($"cluster{i / 6}").AddChild($"core{i % 6}").SetU32("cpu", 0x100 + i);
        }

        foreach (FdtNode table in tree.Root.Children.Where(child => child.Name.StartsWith("opp_table", StringComparison.Ordinal)))
        {
            for (int point = table.Children.Count; point < TreeFacts.MostOperatingPoints; point++)
            {
                table.AddChild($"more{point}").SetU64("opp-hz", (ulong)point);
            }
        }

        tree.Find("/chosen")!.SetString("bootargs", new string('x', TreeFacts.MostBootArguments));
        tree.Find("/avf")!.Remove("known");
        tree.Find("/avf")!.Remove("unknown");
        byte[] reference = Fill(tree.Find("/avf")!, tree);
        FdtNode untrusted = tree.Find("/avf/untrusted")!;
        untrusted.Remove("instance-id");
        untrusted.Remove("name");
        Fill(untrusted, tree, skip: 1200);
        Assert.Equal(
            TreeFault.None,
            TreeFactsReader.Read(tree.ToBlob(), HostTrees.TreeAddress, reference, false, new byte[TreeFacts.StorageSize], out TreeFacts facts));
        byte[] space = new byte[GuestTree.LargestSize];

        Assert.True(GuestTree.Write(space, facts, new GuestTreeParameters { IsDebuggable = true }, s_seeds, out int length).IsNone);
        Assert.InRange(length, GuestTree.LargestSize / 2, GuestTree.LargestSize);
    }

    [Fact]
    public void The_facts_hold_when_the_hosts_tree_is_overwritten_by_the_guests()
    {
        FdtTree tree = HostTrees.MakeFull();
        byte[] apart = Write(tree, default);
        byte[] window = HostTrees.Window(tree);
        Assert.Equal(
            TreeFault.None,
            TreeFactsReader.Read(window, HostTrees.TreeAddress, HostTrees.Reference(), false, new byte[TreeFacts.StorageSize], out TreeFacts facts));

        Assert.True(GuestTree.Write(window, facts, Complete(default), s_seeds, out int length).IsNone);

        Assert.Equal(apart, window[..length]);
    }

    /// <summary>Adds as many properties as are kept, with the shortest names, which cost most; gives a reference that confirms them.</summary>
    private static byte[] Fill(FdtNode node, FdtTree tree, int skip = 0)
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        foreach (string name in Letters.SelectMany(first => Letters.Select(second => $"{first}{second}")).Skip(skip).Take(1170))
        {
            node.SetBytes(name, [1]);
        }

        var reference = new FdtTree();
        FdtNode avf = reference.Root.AddChild("avf");
        foreach (FdtProperty property in tree.Find("/avf")!.Properties)
        {
            avf.SetBytes(property.Name, property.Value.Span);
        }

        return reference.ToBlob();
    }

    private static DebugPolicy AllAllowed()
    {
        var tree = new FdtTree();
        FdtNode guest = tree.Root.AddChild("avf").AddChild("guest");
        guest.AddChild("common").SetU32("log", 1);
        guest.Child("common")!.SetU32("ramdump", 1);
        guest.AddChild("microdroid").SetU32("adb", 1);
        return DebugPolicy.Read(tree.ToBlob());
    }

    private static string Text(FdtTree host, GuestTreeParameters parameters) => FdtDump.ToText(Write(host, parameters));

    private static byte[] Write(FdtTree host, GuestTreeParameters parameters)
    {
        Assert.Equal(TreeFault.None, OurMachineTests.Facts(host, out TreeFacts facts));
        byte[] space = new byte[64 * 1024];
        Assert.True(GuestTree.Write(space, facts, Complete(parameters), s_seeds, out int length).IsNone);
        return space[..length];
    }

    private static GuestTreeParameters Complete(GuestTreeParameters parameters) => new()
    {
        IsDebuggable = parameters.IsDebuggable,
        IsNewInstance = parameters.IsNewInstance,
        Policy = parameters.Policy,
        Handover = MemoryRange.OfConstants(0x7fff_f000, 0x1000),
    };
}
