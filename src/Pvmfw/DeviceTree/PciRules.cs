using System.Buffers.Binary;
using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The PCI host bridge: its configuration space, two windows, and a pin for each device.</summary>
internal static class PciRules
{
    // phys.hi of a "ranges" entry. Source: IEEE 1275 PCI bus binding, 2.1.4.1 and 2.2.1.1.
    private const uint Memory32 = 0x0200_0000;
    private const uint Memory64 = 0x0300_0000;
    private const uint Prefetchable = 0x4000_0000;

    private const int RangeSize = 28;
    private const int MapEntryCells = 10;
    private const int MapEntrySize = MapEntryCells * sizeof(uint);
    private const int MaskCells = 4;
    private const int MaskSize = MaskCells * sizeof(uint);
    private const uint DeviceStep = 0x800;

    public static TreeFault Read(FdtNodeView root, ref TreeFacts facts)
    {
        if (root.CountCompatible("pci-host-cam-generic"u8, out FdtNodeView pci) != 1)
        {
            return TreeFault.PciCount;
        }

        if (!pci.TryGetRange("reg"u8, out ulong cam, out ulong camSize) || camSize != GuestMap.PciCamSize
            || cam % GuestMap.PageSize != 0 || !MemoryRange.TryMake(cam, camSize, out MemoryRange camRange)
            || cam < GuestMap.FixedDevicesEnd || camRange.End > facts.GicRedistributors.Start)
        {
            return TreeFault.PciCam;
        }

        facts.PciCam = camRange;
        if (!pci.TryGetProperty("ranges"u8, out FdtPropertyView ranges) || ranges.Value.Length != 2 * RangeSize)
        {
            return TreeFault.PciRangeCount;
        }

        TreeFault fault = ReadWindow(ranges.Value, facts, out PciWindow first);
        if (fault != TreeFault.None)
        {
            return fault;
        }

        fault = ReadWindow(ranges.Value[RangeSize..], facts, out PciWindow second);
        if (fault != TreeFault.None)
        {
            return fault;
        }

        facts.PciFirst = first;
        facts.PciSecond = second;
        return first.Range.Overlaps(second.Range) ? TreeFault.PciRangeOverlap : ReadInterruptMap(pci, ref facts);
    }

    private static TreeFault ReadWindow(ReadOnlySpan<byte> entry, scoped in TreeFacts facts, out PciWindow window)
    {
        window = default;
        uint space = BinaryPrimitives.ReadUInt32BigEndian(entry);
        ulong bus = BinaryPrimitives.ReadUInt64BigEndian(entry[4..]);
        ulong address = BinaryPrimitives.ReadUInt64BigEndian(entry[12..]);
        ulong size = BinaryPrimitives.ReadUInt64BigEndian(entry[20..]);
        uint kind = space & ~Prefetchable;
        if (kind is not (Memory32 or Memory64))
        {
            return TreeFault.PciRangeSpace;
        }

        if (bus != address)
        {
            return TreeFault.PciRangeTranslated;
        }

        // crosvm's high window ends at the end of the address space, so the limit itself is allowed.
        if (!MemoryRange.TryMake(address, size, out MemoryRange range) || range.End > GuestMap.AddressLimit)
        {
            return TreeFault.PciRangeEnd;
        }

        if (kind == Memory32 && range.End > 1UL << 32)
        {
            return TreeFault.PciRangeSpace;
        }

        // Either between the fixed devices and the GIC, or behind RAM; the firmware's own memory is below RAM.
        bool low = range.Start >= GuestMap.FixedDevicesEnd && range.End <= facts.GicRedistributors.Start;
        bool high = range.Start >= facts.Ram.End;
        window = new PciWindow(space, range);
        return (low || high) && !range.Overlaps(facts.PciCam) ? TreeFault.None : TreeFault.PciRangeOverlap;
    }

    private static TreeFault ReadInterruptMap(FdtNodeView pci, ref TreeFacts facts)
    {
        // crosvm wrote the mask once for every entry of the map until 2025-04-15.
        if (!pci.TryGetProperty("interrupt-map-mask"u8, out FdtPropertyView masks) || masks.Value.Length % MaskSize != 0)
        {
            return TreeFault.InterruptMapMask;
        }

        if (!pci.TryGetProperty("interrupt-map"u8, out FdtPropertyView map)
            || map.Value.Length % MapEntrySize != 0 || map.Value.Length / MapEntrySize > TreeFacts.MostPciPins)
        {
            return TreeFault.InterruptMapCount;
        }

        int pins = map.Value.Length / MapEntrySize;
        int maskCount = masks.Value.Length / MaskSize;
        if (maskCount != 1 && maskCount != pins)
        {
            return TreeFault.InterruptMapMask;
        }

        for (int i = 0; i < maskCount * MaskCells; i++)
        {
            if (!masks.TryGetCell(i, out uint cell) || cell != MaskCell(i % MaskCells))
            {
                return TreeFault.InterruptMapMask;
            }
        }

        for (int i = 0; i < pins * MapEntryCells; i++)
        {
            if (!map.TryGetCell(i, out uint cell) || cell != MapCell((uint)(i / MapEntryCells), i % MapEntryCells))
            {
                return TreeFault.InterruptMapEntry;
            }
        }

        facts.PciPins = pins;
        return TreeFault.None;
    }

    /// <summary>One cell of the mask: all of the device number, and the pin.</summary>
    public static uint MaskCell(int cell) => cell switch
    {
        0 => 0xf800,
        3 => 7,
        _ => 0,
    };

    /// <summary>One cell of an entry: {device, 0, 0, pin A} is wired to {GIC, 0, 0, SPI, number, level-high}.</summary>
    public static uint MapCell(uint entry, int cell) => cell switch
    {
        0 => DeviceStep * (entry + 1),
        3 => 1,
        4 => GuestMap.GicPhandle,
        7 => GuestMap.Spi,
        8 => GuestMap.FirstPciSpi + entry,
        9 => GuestMap.LevelHigh,
        _ => 0,
    };
}
