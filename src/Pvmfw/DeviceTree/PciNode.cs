using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Writes the PCI host bridge. All DMA of its devices goes through the restricted pool.</summary>
internal static class PciNode
{
    private const int RangeCells = 7;
    private const int MapEntryCells = 10;
    private const int MaskCells = 4;

    public static void Write(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        fdt.BeginNode("pci"u8);
        fdt.PropertyString("compatible"u8, "pci-host-cam-generic"u8);
        fdt.PropertyString("device_type"u8, "pci"u8);
        var ranges = new CellWriter(fdt.PropertySpace("ranges"u8, 2 * RangeCells * sizeof(uint)));
        WriteWindow(ref ranges, facts.PciFirst);
        WriteWindow(ref ranges, facts.PciSecond);
        fdt.Pair("bus-range"u8, 0);
        fdt.CellCounts(3, 2);
        fdt.Reg(facts.PciCam);
        fdt.Cell("#interrupt-cells"u8, 1);
        var map = new CellWriter(fdt.PropertySpace("interrupt-map"u8, facts.PciPins * MapEntryCells * sizeof(uint)));
        for (int i = 0; i < facts.PciPins * MapEntryCells; i++)
        {
            map.Cell(PciRules.MapCell((uint)(i / MapEntryCells), i % MapEntryCells));
        }

        var mask = new CellWriter(fdt.PropertySpace("interrupt-map-mask"u8, MaskCells * sizeof(uint)));
        for (int i = 0; i < MaskCells; i++)
        {
            mask.Cell(PciRules.MaskCell(i));
        }

        fdt.Property("dma-coherent"u8);
        fdt.Cell("memory-region"u8, GuestMap.DmaPoolPhandle);
        fdt.EndNode();
    }

    private static void WriteWindow(ref CellWriter cells, PciWindow window)
    {
        cells.Cell(window.Space);
        cells.Pair(window.Range.Start);
        cells.Pair(window.Range.Start);
        cells.Pair(window.Range.Size);
    }
}
