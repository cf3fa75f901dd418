using BootLoader.Fdt;

namespace Pvmfw.DeviceTree;

/// <summary>The guest's device tree: the machine that the firmware knows, with the numbers that it has checked. Nothing else of the host's tree is in it.</summary>
/// <remarks>Names and order are those of crosvm's tree, which kernels for this machine know.</remarks>
public static class GuestTree
{
    /// <summary>Bytes that are enough for every tree that the facts allow. Most of it can only be taken by properties of <c>avf</c>.</summary>
    public const int LargestSize = 96 * 1024;

    /// <summary>Bytes of randomness for the kernel: 8 that move it in its address space, 256 that start its random number generator.</summary>
    public const int SeedSize = sizeof(ulong) + 256;

    /// <summary>Writes the tree.</summary>
    /// <param name="destination">Where it goes, <see cref="LargestSize"/> bytes; may be where the host's tree was, since the facts hold copies.</param>
    /// <param name="facts">What the host's tree says.</param>
    /// <param name="parameters">What the firmware adds.</param>
    /// <param name="seeds"><see cref="SeedSize"/> fresh bytes; the host's seeds are not taken.</param>
    /// <param name="length">Bytes of the tree.</param>
    public static FdtFault Write(
        Span<byte> destination, scoped in TreeFacts facts, GuestTreeParameters parameters, scoped ReadOnlySpan<byte> seeds, out int length)
    {
        var fdt = new FdtWriter(destination);
        fdt.BeginNode(""u8);
        fdt.Cell("interrupt-parent"u8, GuestMap.GicPhandle);
        fdt.PropertyString("compatible"u8, "linux,dummy-virt"u8);
        fdt.CellCounts(2, 2);
        WriteChosen(ref fdt, facts, parameters, seeds);
        WriteMemory(ref fdt, facts);
        WriteReservedMemory(ref fdt, facts.DmaPool, parameters.Handover);
        CpuNodes.Write(ref fdt, facts);
        DeviceNodes.Write(ref fdt, facts);
        PciNode.Write(ref fdt, facts);
        AvfNode.Write(ref fdt, facts, parameters.Policy);
        fdt.EndNode();
        return fdt.Finish(out length);
    }

    private static void WriteChosen(
        ref FdtWriter fdt, scoped in TreeFacts facts, GuestTreeParameters parameters, scoped ReadOnlySpan<byte> seeds)
    {
        fdt.BeginNode("chosen"u8);
        fdt.Cell("linux,pci-probe-only"u8, 1);
        if (facts.HasBootArguments)
        {
            WriteBootArguments(ref fdt, facts, parameters);
        }

        if ((facts.SerialPorts & 1) != 0)
        {
            fdt.PropertyString("stdout-path"u8, "/U6_16550A@3f8"u8);
        }

        fdt.Property("kaslr-seed"u8, seeds[..sizeof(ulong)]);
        fdt.Property("rng-seed"u8, seeds[sizeof(ulong)..SeedSize]);
        if (facts.Initrd.Size != 0)
        {
            fdt.Pair("linux,initrd-start"u8, facts.Initrd.Start);
            fdt.Pair("linux,initrd-end"u8, facts.Initrd.End);
        }

        fdt.Property("avf,strict-boot"u8);
        if (parameters.IsNewInstance)
        {
            fdt.Property("avf,new-instance"u8);
        }

        fdt.EndNode();
    }

    private static void WriteBootArguments(ref FdtWriter fdt, scoped in TreeFacts facts, GuestTreeParameters parameters)
    {
        if (parameters.IsDebuggable)
        {
            fdt.PropertyString("bootargs"u8, facts.BootArguments);
            return;
        }

        Span<byte> kept = stackalloc byte[TreeFacts.MostBootArguments];
        int length = BootArguments.Filter(facts.BootArguments, parameters.Policy, kept);
        fdt.PropertyString("bootargs"u8, kept[..length]);
    }

    private static void WriteMemory(ref FdtWriter fdt, scoped in TreeFacts facts)
    {
        fdt.BeginNode("memory"u8);
        fdt.PropertyString("device_type"u8, "memory"u8);
        fdt.Reg(facts.Ram);
        fdt.EndNode();
    }

    private static void WriteReservedMemory(ref FdtWriter fdt, DmaPool pool, MemoryRange handover)
    {
        fdt.BeginNode("reserved-memory"u8);
        fdt.CellCounts(2, 2);
        fdt.Property("ranges"u8);
        fdt.BeginNode("restricted_dma_reserved"u8);
        fdt.Phandle(GuestMap.DmaPoolPhandle);
        fdt.PropertyString("compatible"u8, "restricted-dma-pool"u8);
        if (pool.IsFixed)
        {
            fdt.Reg(pool.Range);
        }
        else
        {
            fdt.Pair("size"u8, pool.Size);
        }

        if (pool.Alignment != 0)
        {
            fdt.Pair("alignment"u8, pool.Alignment);
        }

        fdt.EndNode();
        fdt.BeginNode("dice"u8);
        fdt.PropertyString("compatible"u8, "google,open-dice"u8);
        fdt.Property("no-map"u8);
        fdt.Reg(handover);
        fdt.EndNode();
        fdt.EndNode();
    }
}
