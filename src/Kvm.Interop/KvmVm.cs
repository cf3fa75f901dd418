using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>A virtual machine: memory slots, vCPUs, devices, and the wiring of events and interrupts.</summary>
/// <remarks>
/// The kernel destroys the VM when this, every vCPU and every device are disposed. Members may be called from any thread. On a protected VM all
/// memory slots are set before the first KVM_RUN; afterwards they cannot change.
/// </remarks>
public sealed partial class KvmVm : KvmAttributeTarget
{
    private readonly ulong _vcpuMmapSize;

    internal KvmVm(FileDescriptor descriptor, KvmVmType type, ulong vcpuMmapSize)
        : base(descriptor)
    {
        Type = type;
        _vcpuMmapSize = vcpuMmapSize;
    }

    /// <summary>What the VM was made as.</summary>
    public KvmVmType Type { get; }

    /// <summary>Asks for an extension of this VM; a protected VM reports fewer than the host.</summary>
    /// <returns>0 when it is missing, else 1 or the extension's number.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public int CheckExtension(KvmCapability capability) =>
        Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability), "KVM_CHECK_EXTENSION", Descriptor);

    /// <summary>Turns on an extension that is off by default.</summary>
    /// <param name="capability">The extension.</param>
    /// <param name="argument">Its first argument; 0 for most.</param>
    /// <exception cref="LinuxException">The kernel lacks it, or refuses it for this VM (EINVAL on a protected one).</exception>
    public unsafe void EnableCapability(KvmCapability capability, ulong argument = 0)
    {
        kvm_enable_cap value = new() { cap = (uint)capability };
        value.args[0] = argument;
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_ENABLE_CAP, ref value) < 0)
        {
            LinuxException.ThrowLast($"KVM_ENABLE_CAP({capability})", Descriptor.Name);
        }
    }

    /// <summary>Gives the guest memory, changes a slot's flags, or takes a slot away (size 0).</summary>
    /// <param name="slot">Number of the slot, below KVM_CAP_NR_MEMSLOTS.</param>
    /// <param name="flags">None on a protected VM.</param>
    /// <param name="guestAddress">Where the guest sees it, a multiple of the page size.</param>
    /// <param name="size">Length in bytes, a multiple of the page size.</param>
    /// <param name="hostAddress">Where this process has it; stays mapped as long as the slot.</param>
    /// <exception cref="LinuxException">The kernel refused: EEXIST for an overlap, EPERM after a protected VM's first run.</exception>
    public void SetUserMemoryRegion(uint slot, KvmMemoryRegionFlags flags, GuestAddress guestAddress, ulong size, nint hostAddress)
    {
        kvm_userspace_memory_region region = new()
        {
            slot = slot,
            flags = (uint)flags,
            guest_phys_addr = guestAddress.Value,
            memory_size = size,
            userspace_addr = (ulong)hostAddress,
        };
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_SET_USER_MEMORY_REGION, ref region) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new LinuxException($"KVM_SET_USER_MEMORY_REGION(slot {slot}, {size} bytes at {guestAddress})", Descriptor.Name, errno, errno switch
            {
                Errno.EEXIST => "it overlaps another slot",
                Errno.EPERM when Type.Protected => "a protected VM's slots take no flags and are frozen at its first run",
                Errno.E2BIG => "it reaches beyond the VM's guest physical addresses",
                _ => null,
            });
        }
    }

    /// <summary>Gives the guest all regions of a memory, one slot each.</summary>
    /// <param name="firstSlot">Number of the first slot.</param>
    /// <param name="memory">Outlives the VM.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe void SetGuestMemory(uint firstSlot, GuestMemory memory)
    {
        foreach (GuestMemoryRegion region in memory.Regions)
        {
            SetUserMemoryRegion(firstSlot++, KvmMemoryRegionFlags.None, region.Start, region.Size, (nint)region.Mapping.Pointer);
        }
    }

    /// <summary>Makes a vCPU, not yet initialized.</summary>
    /// <param name="id">Its number, below KVM_CAP_MAX_VCPU_ID; MPIDR follows from it.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public KvmVcpu CreateVcpu(int id)
    {
        string name = $"vCPU {id}";
        int number = Libc.Ioctl(Descriptor, KvmIoctl.KVM_CREATE_VCPU, (nuint)(uint)id);
        if (number < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            string? hint = errno == Errno.EINVAL ? $"this host gives a VM at most {CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS)} vCPUs" : null;
            throw new LinuxException($"KVM_CREATE_VCPU({id})", Descriptor.Name, errno, hint);
        }

        FileDescriptor descriptor = new(number, name);
        try
        {
            return new KvmVcpu(descriptor, id, Type.Protected, MemoryMapping.MapDevice(descriptor, _vcpuMmapSize));
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>The CPU model to initialize vCPUs as (KVM_ARM_PREFERRED_TARGET).</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public uint PreferredTarget()
    {
        kvm_vcpu_init init = default;
        Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_ARM_PREFERRED_TARGET, ref init), "KVM_ARM_PREFERRED_TARGET", Descriptor);
        return init.target;
    }

    /// <summary>Whether this VM can have a device, without making one.</summary>
    public bool SupportsDevice(KvmDeviceType type)
    {
        kvm_create_device argument = new() { type = (uint)type, flags = KvmConstants.KVM_CREATE_DEVICE_TEST };
        return Libc.Ioctl(Descriptor, KvmIoctl.KVM_CREATE_DEVICE, ref argument) == 0;
    }

    /// <summary>Makes a device of the kernel. <c>VgicV3.Create</c> and its like give it its own type.</summary>
    /// <exception cref="LinuxException">The kernel refused: ENODEV when the host cannot, EEXIST for a second one.</exception>
    public KvmDevice CreateDevice(KvmDeviceType type) => new(CreateDeviceDescriptor(type));

    /// <summary>Decides what happens to the guest's SMCCC calls in a range; before the first run.</summary>
    /// <param name="firstFunction">First function number.</param>
    /// <param name="count">How many.</param>
    /// <param name="action">What to do with them.</param>
    /// <exception cref="LinuxException">The kernel refused: EEXIST for a range set before, ENXIO where it has no filter.</exception>
    public void SetSmcccFilter(uint firstFunction, uint count, KvmSmcccFilterAction action)
    {
        kvm_smccc_filter filter = new() { @base = firstFunction, nr_functions = count, action = (byte)action };
        SetDeviceAttr(KvmConstants.KVM_ARM_VM_SMCCC_CTRL, KvmConstants.KVM_ARM_VM_SMCCC_FILTER, filter, nameof(KvmConstants.KVM_ARM_VM_SMCCC_FILTER));
    }

    /// <summary>Sets what the guest's counters are behind the host's, in ticks of the counter; before any vCPU runs.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public void SetCounterOffset(ulong offset)
    {
        kvm_arm_counter_offset argument = new() { counter_offset = offset };
        Libc.Check(Libc.Ioctl(Descriptor, KvmIoctl.KVM_ARM_SET_COUNTER_OFFSET, ref argument), "KVM_ARM_SET_COUNTER_OFFSET", Descriptor);
    }

    internal FileDescriptor CreateDeviceDescriptor(KvmDeviceType type)
    {
        kvm_create_device argument = new() { type = (uint)type };
        if (Libc.Ioctl(Descriptor, KvmIoctl.KVM_CREATE_DEVICE, ref argument) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            string? hint = errno == Errno.ENODEV ? "this host's interrupt controller cannot do it" : null;
            throw new LinuxException($"KVM_CREATE_DEVICE({type})", Descriptor.Name, errno, hint);
        }

        return new FileDescriptor((int)argument.fd, NameOf(type));
    }

    // A name from ToString() costs a start several milliseconds of reflection.
    private static string NameOf(KvmDeviceType type) => type switch
    {
        KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V2 => nameof(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V2),
        KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V3 => nameof(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_V3),
        KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_ITS => nameof(KvmDeviceType.KVM_DEV_TYPE_ARM_VGIC_ITS),
        _ => type.ToString(),
    };
}
