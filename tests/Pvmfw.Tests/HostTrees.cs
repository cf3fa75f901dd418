using BootLoader.Fdt;
using Pvmfw.DeviceTree;
using Vmm.Configuration;
using Vmm.Machine;
using Vmm.Machine.DeviceTree;

namespace Pvmfw.Tests;

/// <summary>Device trees of the VMM's machines with firmware.</summary>
internal static class HostTrees
{
    public const ulong MiB = 1 << 20;
    public const ulong KernelAddress = 0x8000_0000;
    public const ulong InitrdAddress = 0x8100_0000;
    public const ulong InitrdSize = 0x3000;
    public const ulong MemoryMib = 64;
    public const ulong PoolSize = 8 * MiB;
    public const ulong PoolAddress = 0x8000_0000 + (MemoryMib * MiB) - PoolSize;
    public const ulong TreeAddress = PoolAddress - GuestMap.TreeWindowSize;

    public static VmConfig Config(int cpus = 2) => new()
    {
        KernelPath = "Image",
        MemoryMib = MemoryMib,
        CpuCount = cpus,
        Protection = ProtectionMode.UnprotectedWithFirmware,
        FirmwarePath = "pvmfw.img",
        SwiotlbMib = PoolSize / MiB,
        Params = ["init=/evil", "quiet"],
    };

    /// <summary>The tree of a machine.</summary>
    public static FdtTree Make(VmConfig? config = null, ulong kernelSize = 0x10000, ulong? initrdSize = InitrdSize, int pciDevices = 3)
    {
        config ??= Config();
        var kernel = new PlacedKernel(KernelAddress, MemorySize: kernelSize, FileSize: kernelSize, EntryOffset: 0);
        MachinePlan plan = MachinePlan.Make(config, HostCapabilities.Typical, kernel, initrdSize, pciDevices);
        Assert.Equal(TreeAddress, plan.Layout.Fdt.Start);
        return FdtTree.Parse(plan.WriteDeviceTree(DeviceTreeSeeds.Zero, []));
    }

    /// <summary>A tree with all that a host may give and the VMM does not: a CPU map, operating points, cpufreq, properties for the guest.</summary>
    public static FdtTree MakeFull(int cpus = 4, int pciDevices = 3)
    {
        FdtTree tree = Make(Config(cpus), pciDevices: pciDevices);
        FdtNode list = tree.Find("/cpus")!;
        for (uint i = 0; i < cpus; i++)
        {
            FdtNode cpu = tree.Find($"/cpus/cpu@{i:x}")!;
            cpu.SetU32("capacity-dmips-mhz", 512 + i);
            cpu.SetU32("operating-points-v2", 0x40 + (i / 2));
            FdtNode core = list.GetOrAddChild("cpu-map").GetOrAddChild($"cluster{i / 2}").AddChild($"core{i % 2}");
            core.SetU32("cpu", 0x100 + i);
        }

        for (uint i = 0; i < (cpus + 1) / 2; i++)
        {
            FdtNode table = tree.Root.AddChild($"opp_table{i}");
            table.SetString("compatible", "operating-points-v2");
            table.SetPhandle(0x40 + i);
            for (uint point = 0; point < 3; point++)
            {
                table.AddChild($"opp{point}").SetU64("opp-hz", (1 + i + point) * 500_000_000UL);
            }
        }

        FdtNode frequency = tree.Root.AddChild("vcpufreq");
        frequency.SetString("compatible", "qemu,virtual-cpufreq");
        frequency.SetU64("reg", GuestMap.CpuFrequency, (ulong)cpus * GuestMap.CpuFrequencySize);
        FdtNode avf = tree.Root.AddChild("avf");
        avf.SetString("known", "as the device says");
        avf.SetString("unknown", "whatever the host says");
        FdtNode untrusted = avf.AddChild("untrusted");
        untrusted.SetBytes("instance-id", InstanceId);
        untrusted.SetString("name", "of the host's choice");
        untrusted.AddChild("device").SetString("compatible", "evil,device");
        return tree;
    }

    public static byte[] InstanceId { get; } = [.. Enumerable.Range(0, TreeFacts.InstanceIdSize).Select(i => (byte)i)];

    /// <summary>A device's reference for what <see cref="MakeFull"/> says.</summary>
    public static byte[] Reference()
    {
        var tree = new FdtTree();
        FdtNode avf = tree.Root.AddChild("avf");
        avf.SetString("known", "as the device says");
        avf.SetString("absent", "from the host's tree");
        return tree.ToBlob();
    }

    /// <summary>The window of a machine that has this tree at its start.</summary>
    public static byte[] Window(FdtTree tree)
    {
        byte[] window = new byte[GuestMap.TreeWindowSize];
        tree.WriteTo(window);
        return window;
    }

    public static TreeFault Read(FdtTree tree, byte[]? reference = null, bool sharesMemory = false, ulong address = TreeAddress) =>
        TreeFactsReader.Read(tree.ToBlob(), address, reference ?? Reference(), sharesMemory, new byte[TreeFacts.StorageSize], out _);
}
