using BootLoader.Fdt;
using Pvmfw.DeviceTree;
using Vmm.Configuration;

namespace Pvmfw.Tests.DeviceTree;

public sealed class OurMachineTests
{
    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(4, 1, null)]
    [InlineData(16, 16, null)]
    [InlineData(17, 3, null)]
    [InlineData(64, 3, null)]
    [InlineData(2, 3, "2026-07-01")]
    [InlineData(2, 3, "2025-12-01")]
    [InlineData(2, 3, "2025-04-01")]
    [InlineData(2, 3, "2025-02-01")]
    [InlineData(2, 3, "2024-04-17")]
    public void The_trees_of_the_VMMs_machines_are_taken(int cpus, int devices, string? date)
    {
        VmConfig config = HostTrees.Config(cpus) with { CompatDate = date is null ? null : DateOnly.Parse(date) };

        TreeFault fault = Facts(HostTrees.Make(config, pciDevices: devices), out TreeFacts facts);

        Assert.Equal(TreeFault.None, fault);
        Assert.Equal((uint)cpus, facts.HostCpuCount);
        Assert.Equal(Math.Min(cpus, 16), facts.CpuCount);
        Assert.Equal(devices, facts.PciPins);
        Assert.Equal(HostTrees.MemoryMib * HostTrees.MiB, facts.Ram.Size);
        Assert.Equal(HostTrees.KernelAddress, facts.Kernel.Start);
        Assert.Equal(HostTrees.InitrdAddress, facts.Initrd.Start);
        Assert.Equal(HostTrees.InitrdSize, facts.Initrd.Size);
        Assert.Equal(15u, facts.SerialPorts);
        Assert.True(facts.HasRtc && facts.HasHypercallCpuFrequency && facts.HasPmu);
    }

    [Fact]
    public void Memory_that_counts_the_firmware_below_RAM_is_taken_as_RAM_alone()
    {
        FdtTree tree = HostTrees.Make();
        tree.Find("/memory")!.SetU64("reg", 0x7fc0_0000, 0x40_0000 + (HostTrees.MemoryMib * HostTrees.MiB));

        Assert.Equal(TreeFault.None, Facts(tree, out TreeFacts facts));
        Assert.Equal(GuestMap.RamStart, facts.Ram.Start);
        Assert.Equal(HostTrees.MemoryMib * HostTrees.MiB, facts.Ram.Size);
    }

    [Fact]
    public void Cores_of_CPUs_that_are_dropped_are_dropped_from_the_map()
    {
        FdtTree tree = HostTrees.Make(HostTrees.Config(18));
        FdtNode map = tree.Find("/cpus")!.AddChild("cpu-map");
        for (uint i = 0; i < 18; i++)
        {
            map.GetOrAddChild($"cluster{i / 9}").AddChild($"core{i % 9}").SetU32("cpu", 0x100 + i);
        }

        Assert.Equal(TreeFault.None, Facts(tree, out TreeFacts facts));
        Assert.Equal(2, facts.ClusterCount);
        Assert.Equal(15, facts.GetCore(1, 6));
        Assert.Equal(-1, facts.GetCore(1, 7));
    }

    [Fact]
    public void The_numbers_of_the_fixed_map_are_those_of_the_VMM()
    {
        Assert.Equal(GuestMap.RamStart, Vmm.Machine.Arm64Layout.RamStart);
        Assert.Equal(GuestMap.FirmwareStart, Vmm.Machine.Arm64Layout.Firmware.Start);
        Assert.Equal(GuestMap.TreeWindowSize, Vmm.Machine.Arm64Layout.FdtMaxSize);
        Assert.Equal(GuestMap.PciCamSize, Vmm.Machine.Arm64Layout.PciCam.Size);
        for (int i = 0; i < GuestMap.SerialCount; i++)
        {
            Assert.Equal(Vmm.Machine.Arm64Layout.SerialAddresses[i], GuestMap.SerialAddress(i));
            Assert.Equal(Vmm.Machine.InterruptLayout.SerialSpi(i), GuestMap.SerialSpi(i));
        }
    }

    internal static TreeFault Facts(FdtTree tree, out TreeFacts facts) => TreeFactsReader.Read(
        tree.ToBlob(), HostTrees.TreeAddress, HostTrees.Reference(), sharesMemory: false, new byte[TreeFacts.StorageSize], out facts);
}
