namespace Pvmfw.Disk;

/// <summary>Loads and stores of device registers: PCI configuration and memory regions.</summary>
/// <remarks>
/// <para>Each call is one access of exactly its width, in program order with the other ones, little-endian, to memory mapped as Device-nGnRE:
/// a machine whose accesses trap decodes one plain LDR or STR and nothing else. Addresses are aligned to the width.</para>
/// <para>Only addresses that <see cref="Map"/> was called for are accessed.</para>
/// </remarks>
public interface IDeviceRegisters
{
    /// <summary>Makes registers reachable: page tables, and the hypervisor's MMIO guard where there is one.</summary>
    /// <param name="address">The guest-physical address of the first one; need not be aligned.</param>
    /// <param name="length">In bytes. All pages that are touched become reachable; some may be already.</param>
    /// <returns>False when that is not possible.</returns>
    static abstract bool Map(ulong address, ulong length);

    /// <summary>Undoes every <see cref="Map"/>.</summary>
    static abstract void UnmapAll();

    /// <summary>A load of 8 bits.</summary>
    static abstract byte Load8(ulong address);

    /// <summary>A load of 16 bits.</summary>
    static abstract ushort Load16(ulong address);

    /// <summary>A load of 32 bits.</summary>
    static abstract uint Load32(ulong address);

    /// <summary>A store of 8 bits.</summary>
    static abstract void Store8(ulong address, byte value);

    /// <summary>A store of 16 bits.</summary>
    static abstract void Store16(ulong address, ushort value);

    /// <summary>A store of 32 bits.</summary>
    static abstract void Store32(ulong address, uint value);
}
