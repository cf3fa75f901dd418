namespace Vmm.Devices;

/// <summary>A device that answers accesses to a range of guest physical addresses.</summary>
/// <remarks>
/// Calls come from every vCPU thread, at the same time; the device takes its own lock. Offsets are relative to the range the device was
/// given and always inside it, widths are 1, 2, 4 or 8 bytes; a device must be harmless at any offset and width. No call may allocate or throw.
/// </remarks>
public interface IMmioDevice
{
    /// <summary>A guest load of <paramref name="data"/>.Length bytes; every byte of <paramref name="data"/> must be written.</summary>
    void Read(ulong offset, Span<byte> data);

    /// <summary>A guest store, little-endian.</summary>
    void Write(ulong offset, ReadOnlySpan<byte> data);
}
