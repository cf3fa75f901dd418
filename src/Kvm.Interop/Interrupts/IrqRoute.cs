using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Interrupts;

/// <summary>One entry of the GSI routing table: where the interrupt of an irqfd goes.</summary>
public readonly record struct IrqRoute
{
    private readonly uint _type;
    private readonly uint _pin;
    private readonly ulong _address;
    private readonly uint _data;
    private readonly uint? _deviceId;

    private IrqRoute(uint gsi, uint type, uint pin, ulong address, uint data, uint? deviceId)
    {
        Gsi = gsi;
        _type = type;
        _pin = pin;
        _address = address;
        _data = data;
        _deviceId = deviceId;
    }

    /// <summary>The interrupt's number in the table.</summary>
    public uint Gsi { get; }

    /// <summary>Leads to a line of the GIC.</summary>
    /// <param name="gsi">The interrupt's number in the table.</param>
    /// <param name="spi">Which SPI, counted from 0 (INTID - 32).</param>
    public static IrqRoute ToPin(uint gsi, uint spi) => new(gsi, KvmConstants.KVM_IRQ_ROUTING_IRQCHIP, spi, 0, 0, null);

    /// <summary>Sends a message to the ITS.</summary>
    /// <param name="gsi">The interrupt's number in the table.</param>
    /// <param name="address">The doorbell that the driver wrote into the device.</param>
    /// <param name="data">The message that the driver wrote into the device.</param>
    /// <param name="deviceId">The sender's DeviceID (KVM_CAP_MSI_DEVID), which an ITS needs.</param>
    public static IrqRoute ToMsi(uint gsi, ulong address, uint data, uint? deviceId) =>
        new(gsi, KvmConstants.KVM_IRQ_ROUTING_MSI, 0, address, data, deviceId);

    internal kvm_irq_routing_entry ToEntry()
    {
        kvm_irq_routing_entry entry = new() { gsi = Gsi, type = _type };
        if (_type == KvmConstants.KVM_IRQ_ROUTING_IRQCHIP)
        {
            // The only irqchip on ARM64 is number 0.
            entry.u.irqchip = new kvm_irq_routing_irqchip { irqchip = 0, pin = _pin };
            return entry;
        }

        entry.flags = _deviceId is null ? 0 : KvmConstants.KVM_MSI_VALID_DEVID;
        entry.u.msi = new kvm_irq_routing_msi
        {
            address_lo = (uint)_address,
            address_hi = (uint)(_address >> 32),
            data = _data,
            devid = _deviceId ?? 0,
        };
        return entry;
    }
}
