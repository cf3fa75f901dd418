namespace Virtio.Pci;

/// <summary>The function at device 0 of crosvm's bus: an Intel 82441FX host bridge without regions.</summary>
public sealed class PciHostBridge : IPciFunction
{
    private const ushort PCI_VENDOR_ID_INTEL = 0x8086;
    private const ushort PCI_DEVICE_ID_INTEL_82441 = 0x1237;
    private const uint HostBridgeClass = 0x060000;

    /// <inheritdoc/>
    public PciConfigurationSpace Configuration { get; } =
        new(new PciIdentity(PCI_VENDOR_ID_INTEL, PCI_DEVICE_ID_INTEL_82441, HostBridgeClass));

    /// <inheritdoc/>
    public void ReadBar(int bar, ulong offset, Span<byte> data) => data.Fill(0xff);

    /// <inheritdoc/>
    public void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
    }
}
