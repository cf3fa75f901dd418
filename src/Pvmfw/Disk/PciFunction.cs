using static Virtio.Pci.PciRegisters;

namespace Pvmfw.Disk;

/// <summary>The configuration space of one function on bus 0.</summary>
/// <param name="address">Its guest-physical address.</param>
internal readonly struct PciFunction<TPlatform>(ulong address)
    where TPlatform : struct, IDiskPlatform
{
    private const int DeviceShift = 11;
    private const int FunctionShift = 8;

    internal bool IsPresent => Load16(PCI_VENDOR_ID) != NoVendor;

    /// <summary>Whether function 0 has siblings.</summary>
    internal bool IsMultiFunction => (Load8(PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MFD) != 0;

    internal static PciFunction<TPlatform> At(PciWindows windows, int device, int function) =>
        new(windows.Configuration + ((ulong)device << DeviceShift) + ((ulong)function << FunctionShift));

    internal byte Load8(int register) => TPlatform.Load8(address + (ulong)register);

    internal ushort Load16(int register) => TPlatform.Load16(address + (ulong)register);

    internal uint Load32(int register) => TPlatform.Load32(address + (ulong)register);

    internal void Store16(int register, ushort value) => TPlatform.Store16(address + (ulong)register, value);

    internal void Store32(int register, uint value) => TPlatform.Store32(address + (ulong)register, value);
}
