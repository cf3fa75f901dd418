using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>Properties of the kinds that the guest's tree has. One cell a call: lists of cells would want more of the compiler's support.</summary>
internal static class TreeWriting
{
    /// <summary>Adds a property of one cell.</summary>
    public static void Cell(this ref FdtWriter fdt, scoped ReadOnlySpan<byte> name, uint value)
    {
        var cells = new CellWriter(fdt.PropertySpace(name, sizeof(uint)));
        cells.Cell(value);
    }

    /// <summary>Adds a property of one number of two cells.</summary>
    public static void Pair(this ref FdtWriter fdt, scoped ReadOnlySpan<byte> name, ulong value)
    {
        var cells = new CellWriter(fdt.PropertySpace(name, sizeof(ulong)));
        cells.Pair(value);
    }

    /// <summary>Adds <c>reg</c> of one range.</summary>
    public static void Reg(this ref FdtWriter fdt, MemoryRange range)
    {
        var cells = new CellWriter(fdt.PropertySpace("reg"u8, 2 * sizeof(ulong)));
        cells.Range(range);
    }

    /// <summary>Adds <c>interrupts</c> of one interrupt.</summary>
    public static void Interrupt(this ref FdtWriter fdt, uint kind, uint number, uint flags)
    {
        var cells = new CellWriter(fdt.PropertySpace("interrupts"u8, 3 * sizeof(uint)));
        cells.Interrupt(kind, number, flags);
    }

    /// <summary>Adds <c>#address-cells</c> and <c>#size-cells</c>.</summary>
    public static void CellCounts(this ref FdtWriter fdt, uint address, uint size)
    {
        fdt.Cell("#address-cells"u8, address);
        fdt.Cell("#size-cells"u8, size);
    }

    /// <summary>Starts a node whose name ends in a number, after an at sign or not.</summary>
    /// <param name="fdt">The tree.</param>
    /// <param name="prefix">What comes before the number, at most 32 bytes.</param>
    /// <param name="number">The number, which is written in hexadecimal digits.</param>
    public static void BeginNode(this ref FdtWriter fdt, scoped ReadOnlySpan<byte> prefix, ulong number)
    {
        Span<byte> name = stackalloc byte[48];
        prefix.CopyTo(name);
        int length = prefix.Length;
        int shift = 60;
        while (shift > 0 && number >> shift == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            name[length++] = "0123456789abcdef"u8[(int)(number >> shift & 0xf)];
        }

        fdt.BeginNode(name[..length]);
    }
}
