using static Virtio.Pci.PciRegisters;

namespace Pvmfw.Disk;

/// <summary>A memory region that a function decodes, where the VMM has put it. The firmware gives none an address: it would choose from what the host says.</summary>
internal readonly struct PciRegion(ulong address, ulong size)
{
    private const int RegisterCount = 6;
    private const ulong SmallestSize = 16;

    internal ulong Address { get; } = address;

    internal ulong Size { get; } = size;

    /// <summary>Reads a region's address and size (PCI Local Bus Specification 3.0, 6.2.5.1).</summary>
    /// <remarks>Memory decoding must be off: the register shows its size after all ones were stored, and is set back.</remarks>
    internal static DiskFault Read<TPlatform>(PciFunction<TPlatform> function, PciWindows windows, int index, out PciRegion region)
        where TPlatform : struct, IDiskPlatform
    {
        region = default;
        int register = PCI_BASE_ADDRESS_0 + (index * sizeof(uint));
        uint low = function.Load32(register);
        uint type = low & PCI_BASE_ADDRESS_MEM_TYPE_MASK;
        bool is64Bit = type == PCI_BASE_ADDRESS_MEM_TYPE_64;
        if ((low & PCI_BASE_ADDRESS_SPACE_IO) != 0 || (type != 0 && !is64Bit) || (is64Bit && index == RegisterCount - 1))
        {
            return DiskFault.BadRegion;
        }

        uint high = is64Bit ? function.Load32(register + sizeof(uint)) : 0;
        ulong mask = Probe(function, register, low) & PCI_BASE_ADDRESS_MEM_MASK;
        mask |= (is64Bit ? Probe(function, register + sizeof(uint), high) : uint.MaxValue) << 32;
        ulong address = ((ulong)high << 32) | (low & PCI_BASE_ADDRESS_MEM_MASK);
        ulong size = ~mask + 1;
        if (address == 0 || size < SmallestSize || (size & (size - 1)) != 0 || (address & (size - 1)) != 0)
        {
            return DiskFault.BadRegion;
        }

        region = new PciRegion(address, size);
        return windows.Contains(address, size) ? DiskFault.None : DiskFault.RegionOutside;
    }

    private static ulong Probe<TPlatform>(PciFunction<TPlatform> function, int register, uint value)
        where TPlatform : struct, IDiskPlatform
    {
        function.Store32(register, uint.MaxValue);
        uint mask = function.Load32(register);
        function.Store32(register, value);
        return mask;
    }
}
