using BootLoader.Fdt;
using Vmm.Configuration;
using static Vmm.Machine.DeviceTree.InterruptSpecifier;

namespace Vmm.Machine.DeviceTree;

/// <summary>The node of the PCI host bridge.</summary>
internal static class PciNode
{
    // phys.hi of a "ranges" entry. Source: IEEE 1275 PCI bus binding, 2.1.4.1 and 2.2.1.1.
    private const uint Memory32 = 0x02000000;
    private const uint Memory64 = 0x03000000;
    private const uint Prefetchable = 0x40000000;
    private const int DeviceShift = 11;

    public static void Write(ref FdtWriter fdt, MachinePlan plan)
    {
        GuestLayout layout = plan.Layout;
        CrosvmCompat compat = plan.Compat;
        fdt.BeginNode("pci"u8);
        fdt.PropertyString("compatible"u8, "pci-host-cam-generic"u8);
        fdt.PropertyString("device_type"u8, "pci"u8);
        Span<uint> ranges = stackalloc uint[14];
        WriteRange(ranges, compat.LowPciRangeIs32Bit ? Memory32 : Memory64, layout.PciMem);
        WriteRange(ranges[7..], compat.HighPciRangeIsPrefetchable ? Memory64 | Prefetchable : Memory64, layout.PciHighMem);
        fdt.PropertyU32("ranges"u8, ranges);
        fdt.PropertyU32("bus-range"u8, 0, 0);
        fdt.PropertyU32("#address-cells"u8, 3);
        fdt.PropertyU32("#size-cells"u8, 2);
        fdt.PropertyU64("reg"u8, [layout.PciCam.Start, layout.PciCam.Size]);
        fdt.PropertyU32("#interrupt-cells"u8, 1);
        InterruptMap(ref fdt, plan);
        fdt.Property("dma-coherent"u8);
        if (plan.SwiotlbBytes != 0)
        {
            fdt.PropertyU32("memory-region"u8, Phandles.DmaPool);
        }

        if (plan.Its)
        {
            fdt.PropertyU32("msi-parent"u8, Phandles.Its);
        }

        fdt.EndNode();
    }

    private static void WriteRange(Span<uint> cells, uint kind, AddressRange range)
    {
        cells[0] = kind;
        cells[1] = (uint)(range.Start >> 32);
        cells[2] = (uint)range.Start;
        cells[3] = cells[1];
        cells[4] = cells[2];
        cells[5] = (uint)(range.Size >> 32);
        cells[6] = (uint)range.Size;
    }

    /// <summary>A row a device: {device, 0, 0, pin A} is wired to {GIC, 0, 0, SPI, number, level-high}.</summary>
    private static void InterruptMap(ref FdtWriter fdt, MachinePlan plan)
    {
        const int Row = 10;
        int devices = plan.PciPins;
        Span<uint> map = stackalloc uint[devices * Row];
        for (int i = 0; i < devices; i++)
        {
            int device = i + 1;
            ReadOnlySpan<uint> row =
                [(uint)device << DeviceShift, 0, 0, 1, Phandles.Gic, 0, 0, Spi, InterruptLayout.PciSpi(device), LevelHigh];
            row.CopyTo(map[(i * Row)..]);
        }

        fdt.PropertyU32("interrupt-map"u8, map);
        ReadOnlySpan<uint> mask = [0xf800, 0, 0, 7];
        int masks = plan.Compat.InterruptMapMaskIsSingle ? 1 : devices;
        Span<uint> all = stackalloc uint[masks * mask.Length];
        for (int i = 0; i < masks; i++)
        {
            mask.CopyTo(all[(i * mask.Length)..]);
        }

        fdt.PropertyU32("interrupt-map-mask"u8, all);
    }
}
