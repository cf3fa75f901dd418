namespace Virtio.Pci;

/// <summary>One function on a PCI bus.</summary>
/// <remarks>
/// Calls come from every vCPU thread, at the same time. No call may allocate or throw. Offsets and lengths are inside the configuration
/// space or the region; lengths are 1, 2, 4 or 8.
/// </remarks>
public interface IPciFunction
{
    /// <summary>The function's configuration space.</summary>
    PciConfigurationSpace Configuration { get; }

    /// <summary>A load from the configuration space. A function with registers that live elsewhere overrides it.</summary>
    void ReadConfiguration(int offset, Span<byte> data) => Configuration.Read(offset, data);

    /// <summary>A store to the configuration space. A function that must act on a register overrides it.</summary>
    void WriteConfiguration(int offset, ReadOnlySpan<byte> data) => Configuration.Write(offset, data);

    /// <summary>A load from region <paramref name="bar"/>; every byte of <paramref name="data"/> must be written.</summary>
    void ReadBar(int bar, ulong offset, Span<byte> data);

    /// <summary>A store to region <paramref name="bar"/>, little-endian.</summary>
    void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data);
}
