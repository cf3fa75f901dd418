using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Interrupts;
using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <content>Events in both directions: ioeventfd, irqfd, interrupt lines, message-signalled interrupts.</content>
public sealed partial class KvmVm
{
    /// <summary>Turns guest stores to an address into signals of an eventfd, without an exit to user space.</summary>
    /// <param name="eventFd">Is signalled for each store.</param>
    /// <param name="address">Guest physical address of the store.</param>
    /// <param name="length">Width of the store in bytes: 1, 2, 4 or 8, or 0 for any.</param>
    /// <param name="dataMatch">Only stores of this value; null for all.</param>
    /// <exception cref="LinuxException">The kernel refused: EEXIST for one that is there already, EINVAL for another length.</exception>
    public void RegisterIoEventFd(EventFd eventFd, GuestAddress address, int length, ulong? dataMatch = null) =>
        SetIoEventFd(eventFd, address, length, dataMatch, 0);

    /// <summary>Undoes <see cref="RegisterIoEventFd"/> with the same arguments.</summary>
    /// <exception cref="LinuxException">ENOENT when there is none such.</exception>
    public void UnregisterIoEventFd(EventFd eventFd, GuestAddress address, int length, ulong? dataMatch = null) =>
        SetIoEventFd(eventFd, address, length, dataMatch, KvmConstants.KVM_IOEVENTFD_FLAG_DEASSIGN);

    /// <summary>Turns signals of an eventfd into an interrupt.</summary>
    /// <param name="gsi">The interrupt's number in the routing table; before one is set, the number of the SPI (INTID - 32).</param>
    /// <param name="trigger">Each signal is one edge, or asserts the line when there is a resample eventfd.</param>
    /// <param name="resample">
    /// Makes the interrupt a level: when the guest ends it (EOI) the kernel lowers the line and signals this, so that the device can raise it again
    /// if its cause still stands.
    /// </param>
    /// <exception cref="LinuxException">The kernel refused: EBUSY when the eventfd is in use for an interrupt already.</exception>
    public void RegisterIrqFd(uint gsi, EventFd trigger, EventFd? resample = null) => SetIrqFd(gsi, trigger, resample, 0);

    /// <summary>Undoes <see cref="RegisterIrqFd"/>.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void UnregisterIrqFd(uint gsi, EventFd trigger) => SetIrqFd(gsi, trigger, null, KvmConstants.KVM_IRQFD_FLAG_DEASSIGN);

    /// <summary>Replaces the whole table that leads GSIs to pins and messages.</summary>
    /// <exception cref="LinuxException">The kernel refused: E2BIG beyond 4096 entries, EINVAL for a pin that the GIC does not have.</exception>
    public unsafe void SetGsiRouting(ReadOnlySpan<IrqRoute> routes)
    {
        nuint size = (nuint)(sizeof(kvm_irq_routing) + (sizeof(kvm_irq_routing_entry) * routes.Length));
        kvm_irq_routing* table = (kvm_irq_routing*)NativeMemory.AllocZeroed(size);
        try
        {
            // SAFETY: the block has room for the header and one entry per route.
            table->nr = (uint)routes.Length;
            kvm_irq_routing_entry* entries = (kvm_irq_routing_entry*)(table + 1);
            for (int i = 0; i < routes.Length; i++)
            {
                entries[i] = routes[i].ToEntry();
            }

            Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_GSI_ROUTING, (nuint)table), $"KVM_SET_GSI_ROUTING({routes.Length} entries)", Descriptor);
        }
        finally
        {
            NativeMemory.Free(table);
        }
    }

    /// <summary>Sends a message-signalled interrupt through the ITS.</summary>
    /// <param name="address">The doorbell the device was told, GITS_TRANSLATER of the ITS.</param>
    /// <param name="data">The message (EventID).</param>
    /// <param name="deviceId">The sender's DeviceID: bus, device and function of a PCI function.</param>
    /// <returns>False when it was dropped, because the guest has the ITS off (EBUSY) or no such interrupt mapped.</returns>
    /// <exception cref="LinuxException">The kernel refused: ENODEV or EINVAL where no ITS has that doorbell.</exception>
    public bool SignalMsi(ulong address, uint data, uint deviceId)
    {
        kvm_msi message = new()
        {
            address_lo = (uint)address,
            address_hi = (uint)(address >> 32),
            data = data,
            flags = KvmConstants.KVM_MSI_VALID_DEVID,
            devid = deviceId,
        };
        int delivered = Libc.Ioctl(Descriptor, KvmIoctl.KVM_SIGNAL_MSI, ref message);
        if (delivered < 0 && Marshal.GetLastPInvokeError() != Errno.EBUSY)
        {
            LinuxException.ThrowLast($"KVM_SIGNAL_MSI(0x{address:x}, {data}, device 0x{deviceId:x})", Descriptor.Name);
        }

        return delivered > 0;
    }

    /// <summary>Sets the level of an interrupt line.</summary>
    /// <param name="type">What kind of line.</param>
    /// <param name="vcpuIndex">The vCPU of a PPI or of a CPU input, 0 to 4095; 0 for an SPI.</param>
    /// <param name="number">The INTID: 16 to 31 for a PPI, from 32 for an SPI.</param>
    /// <param name="level">Whether the line is asserted.</param>
    /// <exception cref="LinuxException">The kernel refused: EINVAL for a line that does not exist, ENXIO before the GIC is initialized.</exception>
    public void SetIrqLine(KvmIrqType type, int vcpuIndex, int number, bool level)
    {
        // asm/kvm.h: bits 31-28 vcpu2, 27-24 type, 23-16 vcpu, 15-0 number; the vCPU's index is vcpu2 * 256 + vcpu.
        uint low = (uint)vcpuIndex & KvmConstants.KVM_ARM_IRQ_VCPU_MASK;
        uint high = ((uint)vcpuIndex >> 8) & KvmConstants.KVM_ARM_IRQ_VCPU2_MASK;
        kvm_irq_level line = new()
        {
            irq = (high << KvmConstants.KVM_ARM_IRQ_VCPU2_SHIFT)
                | ((uint)type << KvmConstants.KVM_ARM_IRQ_TYPE_SHIFT)
                | (low << KvmConstants.KVM_ARM_IRQ_VCPU_SHIFT)
                | ((uint)number & KvmConstants.KVM_ARM_IRQ_NUM_MASK),
            level = level ? 1u : 0,
        };
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_IRQ_LINE, ref line) < 0)
        {
            LinuxException.ThrowLast($"KVM_IRQ_LINE({type}, vCPU {vcpuIndex}, {number})", Descriptor.Name);
        }
    }

    private void SetIoEventFd(EventFd eventFd, GuestAddress address, int length, ulong? dataMatch, uint flags)
    {
        bool added = false;
        try
        {
            eventFd.DangerousAddRef(ref added);
            kvm_ioeventfd argument = new()
            {
                datamatch = dataMatch ?? 0,
                addr = address.Value,
                len = (uint)length,
                fd = eventFd.Number,
                flags = flags | (dataMatch is null ? 0 : KvmConstants.KVM_IOEVENTFD_FLAG_DATAMATCH),
            };
            if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_IOEVENTFD, ref argument) < 0)
            {
                LinuxException.ThrowLast($"KVM_IOEVENTFD({length} bytes at {address})", Descriptor.Name);
            }
        }
        finally
        {
            if (added)
            {
                eventFd.DangerousRelease();
            }
        }
    }

    private void SetIrqFd(uint gsi, EventFd trigger, EventFd? resample, uint flags)
    {
        bool triggerAdded = false;
        bool resampleAdded = false;
        try
        {
            trigger.DangerousAddRef(ref triggerAdded);
            resample?.DangerousAddRef(ref resampleAdded);
            kvm_irqfd argument = new()
            {
                fd = (uint)trigger.Number,
                gsi = gsi,
                flags = flags | (resample is null ? 0 : KvmConstants.KVM_IRQFD_FLAG_RESAMPLE),
                resamplefd = resample is null ? 0 : (uint)resample.Number,
            };
            if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_IRQFD, ref argument) < 0)
            {
                LinuxException.ThrowLast($"KVM_IRQFD(GSI {gsi})", Descriptor.Name);
            }
        }
        finally
        {
            if (triggerAdded)
            {
                trigger.DangerousRelease();
            }

            if (resampleAdded)
            {
                resample!.DangerousRelease();
            }
        }
    }
}
