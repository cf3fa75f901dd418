using BootLoader.Fdt;
using Pvmfw.DeviceTree;

namespace Pvmfw.Tests.DeviceTree;

public sealed class TreeRuleTests
{
    private static readonly (string Name, TreeFault Fault, Action<FdtTree> Break)[] s_rules =
    [
        ("an address of one cell", TreeFault.RootCells, t => t.Root.SetU32("#address-cells", 1)),
        ("a size of one cell", TreeFault.RootCells, t => t.Root.SetU32("#size-cells", 1)),
        ("no memory", TreeFault.MemoryCount, t => Remove(t, "/memory")),
        ("memory twice", TreeFault.MemoryCount, t => Memory(t.Root.AddChild("memory@90000000"), 0x9000_0000, 0x1000_0000)),
        ("memory under another name", TreeFault.MemoryCount, t => Memory(t.Root.AddChild("ram"), 0x9000_0000, 0x1000_0000)),
        ("memory elsewhere", TreeFault.MemoryStart, t => t.Find("/memory")!.SetU64("reg", 0x4000_0000, 0x1000_0000)),
        ("memory of two ranges", TreeFault.MemoryStart, t => t.Find("/memory")!.SetU64("reg", 0x8000_0000, 0x400_0000, 0x9000_0000, 0x1000)),
        ("no memory at all", TreeFault.MemorySize, t => t.Find("/memory")!.SetU64("reg", 0x8000_0000, 0)),
        ("memory of half a page", TreeFault.MemorySize, t => t.Find("/memory")!.SetU64("reg", 0x8000_0000, 0x400_0800)),
        ("memory that wraps", TreeFault.MemorySize, t => t.Find("/memory")!.SetU64("reg", 0x8000_0000, 0xffff_ffff_ffff_f000)),
        ("memory that is only the firmware's", TreeFault.MemorySize, t => t.Find("/memory")!.SetU64("reg", 0x7fc0_0000, 0x40_0000)),
        ("memory that ends before the tree", TreeFault.WindowOutsideRam, t => t.Find("/memory")!.SetU64("reg", 0x8000_0000, 0x370_0000)),
        ("no CPUs", TreeFault.NoCpu, t => Remove(t, "/cpus")),
        ("CPUs of another kind", TreeFault.NoCpu, t => EachCpu(t, cpu => cpu.SetString("compatible", "arm,arm-v7"))),
        ("CPUs in another order", TreeFault.CpuReg, t => t.Find("/cpus/cpu@0")!.SetU32("reg", 1)),
        ("a CPU's address of two cells", TreeFault.CpuReg, t => t.Find("/cpus/cpu@0")!.SetU64("reg", 0)),
        ("a capacity of two cells", TreeFault.CpuCapacity, t => t.Find("/cpus/cpu@1")!.SetU64("capacity-dmips-mhz", 5)),
        ("operating points that are nowhere", TreeFault.OperatingPointsMissing, t => t.Find("/cpus/cpu@1")!.SetU32("operating-points-v2", 0x999)),
        ("operating points of another kind", TreeFault.OperatingPointsMissing, t => t.Find("/opp_table0")!.SetString("compatible", "x")),
        ("two tables for one CPU", TreeFault.OperatingPointsMissing, t => t.Find("/cpus/cpu@1")!.SetU32("operating-points-v2", 0x40, 0x41)),
        ("21 operating points", TreeFault.OperatingPointCount, t => AddPoints(t.Find("/opp_table0")!, 18)),
        ("no operating points", TreeFault.OperatingPointCount, t => RemoveChildren(t.Find("/opp_table0")!)),
        ("an operating point without frequency", TreeFault.OperatingPointFrequency, t => t.Find("/opp_table0/opp1")!.Remove("opp-hz")),
        ("a frequency of one cell", TreeFault.OperatingPointFrequency, t => t.Find("/opp_table0/opp1")!.SetU32("opp-hz", 5)),
        ("four clusters", TreeFault.CpuMapClusters, FourClusters),
        ("a socket", TreeFault.CpuMapClusters, t => t.Find("/cpus/cpu-map")!.AddChild("socket0")),
        ("an empty cluster", TreeFault.CpuMapCores, t => t.Find("/cpus/cpu-map")!.AddChild("cluster2")),
        ("a cluster in a cluster", TreeFault.CpuMapCores, t => t.Find("/cpus/cpu-map/cluster1")!.AddChild("cluster0")),
        ("eleven cores", TreeFault.CpuMapCores, ElevenCores),
        ("a core that is no CPU", TreeFault.CpuMapCpu, t => t.Find("/cpus/cpu-map/cluster1/core1")!.SetU32("cpu", 0x40)),
        ("a core twice", TreeFault.CpuMapCpu, t => t.Find("/cpus/cpu-map/cluster1/core1")!.SetU32("cpu", 0x100)),
        ("a core of nothing", TreeFault.CpuMapCpu, t => t.Find("/cpus/cpu-map/cluster1/core1")!.Remove("cpu")),
        ("no GIC", TreeFault.GicMissing, t => Remove(t, "/intc")),
        ("a GICv2", TreeFault.GicMissing, t => t.Find("/intc")!.SetString("compatible", "arm,cortex-a15-gic")),
        ("a distributor elsewhere", TreeFault.GicReg, t => t.Find("/intc")!.SetU64("reg", 0x3ffe_0000, 0x1_0000, 0x3ff7_0000, 0x8_0000)),
        ("redistributors elsewhere", TreeFault.GicReg, t => t.Find("/intc")!.SetU64("reg", 0x3fff_0000, 0x1_0000, 0x3ff5_0000, 0x8_0000)),
        ("redistributors of fewer CPUs", TreeFault.GicReg, t => t.Find("/intc")!.SetU64("reg", 0x3fff_0000, 0x1_0000, 0x3ffb_0000, 0x4_0000)),
        ("redistributors in two regions", TreeFault.GicReg, t => t.Find("/intc")!.SetU64("reg", 0x3fff_0000, 0x1_0000, 0x3ff7_0000, 0x8_0000, 0, 0)),
        ("no PCI", TreeFault.PciCount, t => Remove(t, "/pci")),
        ("PCI twice", TreeFault.PciCount, t => t.Root.AddChild("pci@5").SetString("compatible", "pci-host-cam-generic")),
        ("PCI with extended configuration space", TreeFault.PciCount, t => t.Find("/pci")!.SetString("compatible", "pci-host-ecam-generic")),
        ("a configuration space of another size", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0x1_0000, 0x200_0000)),
        ("a configuration space over the UARTs", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0, 0x100_0000)),
        ("a configuration space in RAM", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0x8000_0000, 0x100_0000)),
        ("a configuration space over the GIC", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0x3f80_0000, 0x100_0000)),
        ("a configuration space at half a page", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0x1_0800, 0x100_0000)),
        ("a configuration space that wraps", TreeFault.PciCam, t => t.Find("/pci")!.SetU64("reg", 0xffff_ffff_ff80_0000, 0x100_0000)),
        ("one PCI range", TreeFault.PciRangeCount, t => Ranges(t, cells => cells[..7])),
        ("three PCI ranges", TreeFault.PciRangeCount, t => Ranges(t, cells => [.. cells, .. cells[..7]])),
        ("no PCI ranges", TreeFault.PciRangeCount, t => t.Find("/pci")!.Remove("ranges")),
        ("a range of I/O space", TreeFault.PciRangeSpace, t => Ranges(t, 0, 0x0100_0000)),
        ("a range of configuration space", TreeFault.PciRangeSpace, t => Ranges(t, 7, 0)),
        ("a range for one device only", TreeFault.PciRangeSpace, t => Ranges(t, 0, 0x0300_0800)),
        ("a range of 32-bit space above 4 GiB", TreeFault.PciRangeSpace, t => Ranges(t, 7, 0x0200_0000)),
        ("a range that is translated", TreeFault.PciRangeTranslated, t => Ranges(t, 2, 0x0300_0000)),
        ("a range whose upper half is translated", TreeFault.PciRangeTranslated, t => Ranges(t, 8, 2)),
        ("an empty range", TreeFault.PciRangeEnd, t => Ranges(t, 6, 0)),
        ("a range that wraps", TreeFault.PciRangeEnd, t => Ranges(t, 12, 0xffff_ffff)),
        ("a range that ends beyond 40 bits", TreeFault.PciRangeEnd, t => Ranges(t, 12, 0x100)),
        ("a range over RAM", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0x8200_0000, 0x200_0000))),
        ("a range over the firmware", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0x7fc0_0000, 0x20_0000))),
        ("a range over RAM and all before it", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0x200_0000, 0x9000_0000))),
        ("a range over the GIC", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0x3f00_0000, 0x200_0000))),
        ("a range over the UARTs", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0, 0x1000))),
        ("a range over the configuration space", TreeFault.PciRangeOverlap, t => Ranges(t, Window(0x10_0000, 0x1000))),
        ("a range over the other", TreeFault.PciRangeOverlap, t => Ranges(t, cells => [.. cells[7..], .. cells[7..]])),
        ("no interrupt mask", TreeFault.InterruptMapMask, t => t.Find("/pci")!.Remove("interrupt-map-mask")),
        ("a mask of all", TreeFault.InterruptMapMask, t => t.Find("/pci")!.SetU32("interrupt-map-mask", 0xff00, 0, 0, 7)),
        ("a mask without pins", TreeFault.InterruptMapMask, t => t.Find("/pci")!.SetU32("interrupt-map-mask", 0xf800, 0, 0, 0)),
        ("two masks for three entries", TreeFault.InterruptMapMask, t => t.Find("/pci")!.SetU32("interrupt-map-mask", 0xf800, 0, 0, 7, 0xf800, 0, 0, 7)),
        ("no interrupt map", TreeFault.InterruptMapCount, t => t.Find("/pci")!.Remove("interrupt-map")),
        ("a part of an entry", TreeFault.InterruptMapCount, t => Map(t, cells => cells[..^1])),
        ("17 entries", TreeFault.InterruptMapCount, t => Map(t, _ => [.. Enumerable.Range(0, 17).SelectMany(i => MapEntry((uint)i))])),
        ("an entry of another device", TreeFault.InterruptMapEntry, t => Map(t, 10, 0x1800)),
        ("an entry with an address", TreeFault.InterruptMapEntry, t => Map(t, 1, 1)),
        ("an entry of pin B", TreeFault.InterruptMapEntry, t => Map(t, 3, 2)),
        ("an entry of another controller", TreeFault.InterruptMapEntry, t => Map(t, 4, 3)),
        ("an entry with a unit at the controller", TreeFault.InterruptMapEntry, t => Map(t, 6, 1)),
        ("an entry of a private interrupt", TreeFault.InterruptMapEntry, t => Map(t, 7, 1)),
        ("an entry of another number", TreeFault.InterruptMapEntry, t => Map(t, 28, 5)),
        ("an entry of an edge", TreeFault.InterruptMapEntry, t => Map(t, 29, 1)),
        ("no stall detector", TreeFault.WatchdogCount, t => Remove(t, "/vmwdt@3000")),
        ("two stall detectors", TreeFault.WatchdogCount, t => t.Root.AddChild("w").SetString("compatible", "qemu,vcpu-stall-detector")),
        ("a stall detector elsewhere", TreeFault.WatchdogReg, t => t.Find("/vmwdt@3000")!.SetU64("reg", 0x4000, 0x1000)),
        ("a larger stall detector", TreeFault.WatchdogReg, t => t.Find("/vmwdt@3000")!.SetU64("reg", 0x3000, 0x2000)),
        ("a shared stall interrupt", TreeFault.WatchdogInterrupt, t => t.Find("/vmwdt@3000")!.SetU32("interrupts", 0, 0xf, 0xf01)),
        ("another stall interrupt", TreeFault.WatchdogInterrupt, t => t.Find("/vmwdt@3000")!.SetU32("interrupts", 1, 0xe, 0xf01)),
        ("a stall interrupt of other CPUs", TreeFault.WatchdogInterrupt, t => t.Find("/vmwdt@3000")!.SetU32("interrupts", 1, 0xf, 0x301)),
        ("five UARTs", TreeFault.SerialCount, t => Serial(t.Root.AddChild("serial"), 0x4e8, 8)),
        ("a UART elsewhere", TreeFault.SerialReg, t => Serial(t.Find("/U6_16550A@2f8")!, 0x4f8, 8)),
        ("a larger UART", TreeFault.SerialReg, t => Serial(t.Find("/U6_16550A@2f8")!, 0x2f8, 16)),
        ("a UART twice", TreeFault.SerialReg, t => Serial(t.Find("/U6_16550A@2f8")!, 0x3f8, 8)),
        ("a clock elsewhere", TreeFault.RtcReg, t => t.Find("/rtc@2000")!.SetU64("reg", 0x5000, 0x1000)),
        ("another PrimeCell", TreeFault.RtcReg, t => t.Root.AddChild("gpio").SetString("compatible", "arm,pl061", "arm,primecell")),
        ("another interrupt of the monitors", TreeFault.PmuInterrupt, t => Pmu(t, 8)),
        ("a cpufreq device elsewhere", TreeFault.CpuFrequencyReg, t => t.Find("/vcpufreq")!.SetU64("reg", 0x105_0000, 32)),
        ("a cpufreq device of fewer CPUs", TreeFault.CpuFrequencyReg, t => t.Find("/vcpufreq")!.SetU64("reg", 0x104_0000, 16)),
        ("no reserved memory", TreeFault.DmaPoolCount, t => Remove(t, "/reserved-memory")),
        ("no DMA pool", TreeFault.DmaPoolCount, t => Pool(t).SetString("compatible", "shared-dma-pool")),
        ("two DMA pools", TreeFault.DmaPoolCount, t => t.Find("/reserved-memory")!.AddChild("p").SetString("compatible", "restricted-dma-pool")),
        ("a pool without size", TreeFault.DmaPoolSize, t => { Pool(t).Remove("reg"); }),
        ("an empty pool", TreeFault.DmaPoolSize, t => { Pool(t).Remove("reg"); Pool(t).SetU64("size", 0); }),
        ("a pool of half a page", TreeFault.DmaPoolSize, t => { Pool(t).Remove("reg"); Pool(t).SetU64("size", 0x80_0800); }),
        ("a pool larger than RAM", TreeFault.DmaPoolSize, t => { Pool(t).Remove("reg"); Pool(t).SetU64("size", 0x1000_0000); }),
        ("a pool of another size than its range", TreeFault.DmaPoolSize, t => Pool(t).SetU64("size", 0x1000)),
        ("a pool aligned to nothing", TreeFault.DmaPoolAlignment, t => Pool(t).SetU64("alignment", 0)),
        ("a pool aligned to half a page", TreeFault.DmaPoolAlignment, t => Pool(t).SetU64("alignment", 0x800)),
        ("an alignment of one cell", TreeFault.DmaPoolAlignment, t => Pool(t).SetU32("alignment", 0x1000)),
        ("a pool outside of RAM", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x7000_0000, 0x80_0000)),
        ("a pool across the end of RAM", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x83c0_0000, 0x80_0000)),
        ("a pool over the firmware", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x7fc0_0000, 0x80_0000)),
        ("a pool at half a page", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x8380_0800, 0x80_0000)),
        ("a pool that wraps", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x8380_0000, 0xffff_ffff_ffff_f000)),
        ("an empty range of the pool", TreeFault.DmaPoolRange, t => Pool(t).SetU64("reg", 0x8380_0000, 0)),
        ("a pool without a place", TreeFault.DmaPoolNotFixed, MovePool),
        ("a pool over the device tree", TreeFault.DmaPoolOverlap, t => Pool(t).SetU64("reg", 0x8340_0000, 0x80_0000)),
        ("a command line without end", TreeFault.BootArguments, t => t.Find("/chosen")!.SetBytes("bootargs", "quiet"u8)),
        ("a command line of two strings", TreeFault.BootArguments, t => t.Find("/chosen")!.SetString("bootargs", "quiet", "loud")),
        ("a command line of 2,048 bytes", TreeFault.BootArguments, t => t.Find("/chosen")!.SetString("bootargs", new string('x', 2048))),
        ("an initrd without end", TreeFault.Initrd, t => t.Find("/chosen")!.Remove("linux,initrd-end")),
        ("an initrd without start", TreeFault.Initrd, t => t.Find("/chosen")!.Remove("linux,initrd-start")),
        ("an initrd that ends before it starts", TreeFault.Initrd, t => t.Find("/chosen")!.SetU64("linux,initrd-end", 0x8000_0000)),
        ("an empty initrd", TreeFault.Initrd, t => t.Find("/chosen")!.SetU64("linux,initrd-end", HostTrees.InitrdAddress)),
        ("an initrd's end of three cells", TreeFault.Initrd, t => t.Find("/chosen")!.SetU32("linux,initrd-end", 0, 0, 1)),
        ("a kernel without size", TreeFault.KernelLocation, t => t.Find("/config")!.Remove("kernel-size")),
        ("a kernel without address", TreeFault.KernelLocation, t => t.Find("/config")!.Remove("kernel-address")),
        ("a kernel's address of two cells", TreeFault.KernelLocation, t => t.Find("/config")!.SetU64("kernel-address", 0x8000_0000)),
        ("an empty kernel", TreeFault.KernelLocation, t => t.Find("/config")!.SetU32("kernel-size", 0)),
        ("an untrusted node that is a device", TreeFault.UntrustedProperty, t => Untrusted(t).SetString("compatible", "x")),
        ("an untrusted node with a phandle", TreeFault.UntrustedProperty, t => Untrusted(t).SetU32("phandle", 0x77)),
        ("an untrusted node with an old phandle", TreeFault.UntrustedProperty, t => Untrusted(t).SetU32("linux,phandle", 0x77)),
        ("too much that is untrusted", TreeFault.AvfTooLarge, t => Untrusted(t).SetBytes("large", new byte[8192])),
        ("another value than the device's", TreeFault.AvfMismatch, t => t.Find("/avf")!.SetString("known", "as the host says")),
        ("a short identifier", TreeFault.InstanceId, t => Untrusted(t).SetBytes("instance-id", new byte[63])),
        ("a long identifier", TreeFault.InstanceId, t => Untrusted(t).SetBytes("instance-id", new byte[65])),
    ];

    public static TheoryData<string> Names => [.. s_rules.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_tree_that_breaks_one_rule_is_refused_for_it(string name)
    {
        (_, TreeFault fault, Action<FdtTree> change) = s_rules.Single(rule => rule.Name == name);
        FdtTree tree = HostTrees.MakeFull();
        Assert.Equal(TreeFault.None, HostTrees.Read(tree));

        change(tree);

        Assert.Equal(fault, HostTrees.Read(tree));
    }

    [Fact]
    public void Every_rule_has_a_tree_that_breaks_it()
    {
        // Those that no FdtTree can break have tests of their own below.
        TreeFault[] others = [TreeFault.None, TreeFault.Malformed, TreeFault.AvfDuplicate];

        Assert.Empty(Enum.GetValues<TreeFault>().Except(others).Except(s_rules.Select(rule => rule.Fault)));
    }

    [Fact]
    public void A_blob_that_is_no_tree_is_refused()
    {
        byte[] blob = HostTrees.MakeFull().ToBlob();
        blob[3] ^= 1;

        Assert.Equal(TreeFault.Malformed, Read(blob));
        Assert.Equal(TreeFault.Malformed, Read([]));
    }

    [Fact]
    public void A_property_for_the_guest_that_is_there_twice_is_refused()
    {
        byte[] blob = HostTrees.MakeFull().ToBlob();
        FdtTree tree = HostTrees.MakeFull();
        Untrusted(tree).SetString("nbme", "of another's choice");
        byte[] twice = tree.ToBlob();
        int at = twice.AsSpan().IndexOf("nbme\0"u8);
        twice[at + 1] = (byte)'a';

        Assert.Equal(TreeFault.None, Read(blob));
        Assert.Equal(TreeFault.AvfDuplicate, Read(twice));
    }

    [Theory]
    [InlineData(0x83e0_1000)]
    [InlineData(HostTrees.TreeAddress + 8)]
    [InlineData(0x7fe0_0000)]
    [InlineData(0xffff_ffff_ffff_f000)]
    public void A_window_that_is_not_all_RAM_is_refused(ulong address) =>
        Assert.Equal(TreeFault.WindowOutsideRam, HostTrees.Read(HostTrees.MakeFull(), address: address));

    [Fact]
    public void A_pool_without_a_place_is_taken_where_the_hypervisor_shares_memory()
    {
        FdtTree tree = HostTrees.MakeFull();
        MovePool(tree);

        Assert.Equal(TreeFault.None, HostTrees.Read(tree, sharesMemory: true));
        Assert.Equal(TreeFault.DmaPoolNotFixed, HostTrees.Read(tree, sharesMemory: false));
    }

    private static TreeFault Read(byte[] blob) =>
        TreeFactsReader.Read(blob, HostTrees.TreeAddress, HostTrees.Reference(), false, new byte[TreeFacts.StorageSize], out _);

    private static FdtNode Pool(FdtTree tree) => tree.Find($"/reserved-memory/restricted_dma_reserved@{HostTrees.PoolAddress:x}")!;

    /// <summary>Leaves the place to the guest.</summary>
    private static void MovePool(FdtTree tree)
    {
        Pool(tree).Remove("reg");
        Pool(tree).SetU64("size", HostTrees.PoolSize);
    }

    private static FdtNode Untrusted(FdtTree tree) => tree.Find("/avf/untrusted")!;

    private static void Remove(FdtTree tree, string path)
    {
        FdtNode node = tree.Find(path)!;
        node.Parent!.RemoveChild(node);
    }

    private static void RemoveChildren(FdtNode node)
    {
        foreach (FdtNode child in node.Children.ToArray())
        {
            node.RemoveChild(child);
        }
    }

    private static void Memory(FdtNode node, ulong start, ulong size)
    {
        node.SetString("device_type", "memory");
        node.SetU64("reg", start, size);
    }

    private static void EachCpu(FdtTree tree, Action<FdtNode> change)
    {
        foreach (FdtNode cpu in tree.Find("/cpus")!.Children.Where(child => child.Name.StartsWith("cpu@", StringComparison.Ordinal)))
        {
            change(cpu);
        }
    }

    private static void AddPoints(FdtNode table, int count)
    {
        for (int i = 0; i < count; i++)
        {
            table.AddChild($"more{i}").SetU64("opp-hz", (ulong)i);
        }
    }

    private static void FourClusters(FdtTree tree)
    {
        FdtNode cpus = tree.Find("/cpus")!;
        cpus.RemoveChild(cpus.Child("cpu-map")!);
        FdtNode map = cpus.AddChild("cpu-map");
        for (uint i = 0; i < 4; i++)
        {
            map.AddChild($"cluster{i}").AddChild("core0").SetU32("cpu", 0x100 + i);
        }
    }

    private static void ElevenCores(FdtTree tree)
    {
        FdtNode cpus = tree.Find("/cpus")!;
        cpus.RemoveChild(cpus.Child("cpu-map")!);
        FdtNode cluster = cpus.AddChild("cpu-map").AddChild("cluster0");
        for (uint i = 0; i < 11; i++)
        {
            if (i >= 4)
            {
                FdtNode cpu = cpus.AddChild($"cpu@{i:x}");
                cpu.SetString("compatible", "arm,armv8");
                cpu.SetU32("reg", i);
                cpu.SetPhandle(0x100 + i);
            }

            cluster.AddChild($"core{i}").SetU32("cpu", 0x100 + i);
        }
    }

    private static void Ranges(FdtTree tree, Func<uint[], uint[]> change) =>
        tree.Find("/pci")!.SetU32("ranges", change(tree.Find("/pci")!.Property("ranges")!.ToU32s()));

    private static void Ranges(FdtTree tree, int cell, uint value) => Ranges(tree, cells => [.. cells[..cell], value, .. cells[(cell + 1)..]]);

    private static void Ranges(FdtTree tree, uint[] first) => Ranges(tree, cells => [.. first, .. cells[7..]]);

    private static uint[] Window(uint address, uint size) => [0x0300_0000, 0, address, 0, address, 0, size];

    private static void Map(FdtTree tree, Func<uint[], uint[]> change) =>
        tree.Find("/pci")!.SetU32("interrupt-map", change(tree.Find("/pci")!.Property("interrupt-map")!.ToU32s()));

    private static void Map(FdtTree tree, int cell, uint value) => Map(tree, cells => [.. cells[..cell], value, .. cells[(cell + 1)..]]);

    private static uint[] MapEntry(uint index) => [0x800 * (index + 1), 0, 0, 1, 1, 0, 0, 0, 4 + index, 4];

    private static void Serial(FdtNode node, ulong address, ulong size)
    {
        node.SetString("compatible", "ns16550a");
        node.SetU64("reg", address, size);
    }

    private static void Pmu(FdtTree tree, uint number)
    {
        FdtNode pmu = tree.Root.GetOrAddChild("pmu");
        pmu.SetString("compatible", "arm,armv8-pmuv3");
        pmu.SetU32("interrupts", 1, number, 0xf04);
    }
}
