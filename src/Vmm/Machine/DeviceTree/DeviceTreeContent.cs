using BootLoader.Fdt;
using Vmm.Configuration;

namespace Vmm.Machine.DeviceTree;

/// <summary>The device tree of a machine: one method a node, in crosvm's order and with crosvm's names.</summary>
/// <remarks>Source: crosvm, aarch64/src/fdt.rs and arch/src/fdt.rs. Where crosvm changed over time, <see cref="CrosvmCompat"/> decides.</remarks>
internal static class DeviceTreeContent
{
    /// <summary>Writes the tree.</summary>
    /// <returns>The tree's length in bytes.</returns>
    /// <exception cref="LayoutException">It does not fit.</exception>
    public static int Write(Span<byte> destination, MachinePlan plan, DeviceTreeSeeds seeds)
    {
        var fdt = new FdtWriter(destination);
        fdt.BeginNode(""u8);
        fdt.PropertyU32("interrupt-parent"u8, Phandles.Gic);
        fdt.PropertyString("compatible"u8, "linux,dummy-virt"u8);
        fdt.PropertyU32("#address-cells"u8, 2);
        fdt.PropertyU32("#size-cells"u8, 2);
        Config(ref fdt, plan);
        Chosen(ref fdt, plan, seeds);
        Memory(ref fdt, plan);
        ReservedMemory(ref fdt, plan);
        CpuNodes.Write(ref fdt, plan);
        InterruptNodes.Write(ref fdt, plan);
        PlatformNodes.Write(ref fdt, plan);
        PciNode.Write(ref fdt, plan);
        Untrusted(ref fdt, plan.Config);
        Symbols(ref fdt);
        fdt.EndNode();
        FdtFault fault = fdt.Finish(out int length);
        return fault.IsNone ? length : throw new LayoutException($"the device tree cannot be written: {fault}");
    }

    /// <summary>Where a firmware finds the kernel.</summary>
    private static void Config(ref FdtWriter fdt, MachinePlan plan)
    {
        fdt.BeginNode("config"u8);
        fdt.PropertyU32("kernel-address"u8, (uint)plan.Layout.Kernel.Start);
        fdt.PropertyU32("kernel-size"u8, (uint)(plan.Compat.KernelSizeIsFileSize ? plan.Layout.KernelFileSize : plan.Layout.Kernel.Size));
        fdt.EndNode();
    }

    private static void Chosen(ref FdtWriter fdt, MachinePlan plan, DeviceTreeSeeds seeds)
    {
        fdt.BeginNode("chosen"u8);
        fdt.PropertyU32("linux,pci-probe-only"u8, 1);
        fdt.PropertyString("bootargs", plan.CommandLine);
        fdt.PropertyString("stdout-path", $"/U6_16550A@{Arm64Layout.SerialAddresses[0]:x}");
        fdt.PropertyU64("kaslr-seed"u8, seeds.KaslrSeed);
        fdt.Property("rng-seed"u8, seeds.RngSeed.Span);
        if (plan.Layout.Initrd is { } initrd)
        {
            if (plan.Compat.InitrdAddressesAre64Bit || initrd.End > uint.MaxValue)
            {
                fdt.PropertyU64("linux,initrd-start"u8, initrd.Start);
                fdt.PropertyU64("linux,initrd-end"u8, initrd.End);
            }
            else
            {
                fdt.PropertyU32("linux,initrd-start"u8, (uint)initrd.Start);
                fdt.PropertyU32("linux,initrd-end"u8, (uint)initrd.End);
            }
        }

        fdt.EndNode();
    }

    private static void Memory(ref FdtWriter fdt, MachinePlan plan)
    {
        AddressRange ram = plan.Layout.Ram;
        ulong start = plan.Layout.Firmware is { } firmware && plan.Compat.MemoryNodeCoversFirmware ? firmware.Start : ram.Start;
        fdt.BeginNode("memory"u8);
        fdt.PropertyString("device_type"u8, "memory"u8);
        fdt.PropertyU64("reg"u8, [start, ram.End - start]);
        fdt.EndNode();
    }

    private static void ReservedMemory(ref FdtWriter fdt, MachinePlan plan)
    {
        if (plan.SwiotlbBytes == 0 && plan.Compat.EmptyReservedMemoryIsOmitted)
        {
            return;
        }

        fdt.BeginNode("reserved-memory"u8);
        fdt.PropertyU32("#address-cells"u8, 2);
        fdt.PropertyU32("#size-cells"u8, 2);
        fdt.Property("ranges"u8);
        if (plan.SwiotlbBytes != 0)
        {
            AddressRange? place = plan.Layout.DmaPool;
            fdt.BeginNode(place is { } at ? $"restricted_dma_reserved@{at.Start:x}" : "restricted_dma_reserved");
            fdt.Phandle(Phandles.DmaPool);
            fdt.PropertyString("compatible"u8, "restricted-dma-pool"u8);
            if (place is { } pool)
            {
                fdt.PropertyU64("reg"u8, [pool.Start, pool.Size]);
            }
            else
            {
                fdt.PropertyU64("size"u8, plan.SwiotlbBytes);
            }

            fdt.PropertyU64("alignment"u8, plan.Compat.RestrictedDmaAlignment);
            fdt.EndNode();
        }

        fdt.EndNode();
    }

    /// <summary>What the host tells the guest about itself, and the guest's firmware treats as such. Source: AVF, android/virtmgr/src/aidl.rs.</summary>
    private static void Untrusted(ref FdtWriter fdt, VmConfig config)
    {
        if (config.InstanceId is null && !config.DeferRollbackProtection)
        {
            return;
        }

        fdt.BeginNode("avf"u8);
        fdt.BeginNode("untrusted"u8);
        if (config.InstanceId is { } id)
        {
            fdt.Property("instance-id"u8, id.Span);
        }

        if (config.DeferRollbackProtection)
        {
            fdt.Property("defer-rollback-protection"u8);
        }

        fdt.EndNode();
        fdt.EndNode();
    }

    /// <summary>Names that overlays may refer to.</summary>
    private static void Symbols(ref FdtWriter fdt)
    {
        fdt.BeginNode("__symbols__"u8);
        fdt.PropertyString("intc"u8, "/intc"u8);
        fdt.EndNode();
    }
}
