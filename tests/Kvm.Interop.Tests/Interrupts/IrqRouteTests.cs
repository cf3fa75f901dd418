using Kvm.Interop.Interrupts;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Tests.Interrupts;

public class IrqRouteTests
{
    [Fact]
    public void A_pin_is_routed_to_the_only_irqchip()
    {
        kvm_irq_routing_entry entry = IrqRoute.ToPin(4, 7).ToEntry();

        Assert.Equal((4u, KvmConstants.KVM_IRQ_ROUTING_IRQCHIP, 0u, 7u), (entry.gsi, entry.type, entry.u.irqchip.irqchip, entry.u.irqchip.pin));
    }

    [Fact]
    public void A_message_carries_both_halves_of_its_address_and_the_device()
    {
        kvm_irq_routing_entry entry = IrqRoute.ToMsi(40, 0x1_4001_0040, 3, 0x18).ToEntry();

        Assert.Equal(KvmConstants.KVM_IRQ_ROUTING_MSI, entry.type);
        Assert.Equal(KvmConstants.KVM_MSI_VALID_DEVID, entry.flags);
        Assert.Equal((0x40010040u, 1u, 3u, 0x18u), (entry.u.msi.address_lo, entry.u.msi.address_hi, entry.u.msi.data, entry.u.msi.devid));
    }

    [Fact]
    public void A_message_without_a_device_says_so() => Assert.Equal(0u, IrqRoute.ToMsi(40, 0, 0, null).ToEntry().flags);
}
