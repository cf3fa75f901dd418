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
        Memory(ref fdt, plan.Layout);
        ReservedMemory(ref fdt, plan);
        CpuNodes.Write(ref fdt, plan);
        InterruptNodes.Write(ref fdt, plan);
        PlatformNodes.Write(ref fdt, plan);
        PciNode.Write(ref fdt, plan);
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
            if (plan.Compat.InitrdAddressesAre64Bit)
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

    private static void Memory(ref FdtWriter fdt, GuestLayout layout)
    {
        fdt.BeginNode("memory"u8);
        fdt.PropertyString("device_type"u8, "memory"u8);
        fdt.PropertyU64("reg"u8, [layout.Ram.Start, layout.Ram.Size]);
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
            fdt.BeginNode("restricted_dma_reserved"u8);
            fdt.Phandle(Phandles.DmaPool);
            fdt.PropertyString("compatible"u8, "restricted-dma-pool"u8);
            fdt.PropertyU64("size"u8, plan.SwiotlbBytes);
            fdt.PropertyU64("alignment"u8, plan.Compat.RestrictedDmaAlignment);
            fdt.EndNode();
        }

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
