using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Vhost;

/// <summary>A device whose queues the kernel serves (linux/vhost.h): <c>/dev/vhost-net</c>, <c>/dev/vhost-vsock</c>.</summary>
/// <remarks>
/// <para>
/// The order the kernel asks for: <see cref="SetOwner"/> once; <see cref="SetFeatures"/> and <see cref="SetMemoryTable"/>; for each ring size, base,
/// addresses, call and kick; then the device's own call that starts it.
/// </para>
/// <para>
/// The kernel copies to and from guest memory (copy_from_user), so a private page of a protected guest gives an error and no signal. It holds the
/// memory of the process that called <see cref="SetOwner"/> until it is closed. For one thread at a time.
/// </para>
/// </remarks>
public class VhostDevice : IDisposable
{
    /// <summary>Takes an open device over.</summary>
    /// <param name="descriptor">Closed with this object; its name stands in errors.</param>
    public VhostDevice(FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Descriptor = descriptor;
    }

    /// <summary>The device's name in errors: its path.</summary>
    public string Name => Descriptor.Name;

    /// <summary>The open device.</summary>
    protected FileDescriptor Descriptor { get; }

    /// <summary>Opens a device file for reading and writing, closed on exec.</summary>
    /// <param name="path">Where it is: <c>/dev/vhost-vsock</c>.</param>
    /// <param name="module">The kernel module that makes it, for the hint where it is missing: <c>vhost_vsock</c>.</param>
    /// <exception cref="LinuxException">It is missing or may not be opened; the hint says what to do.</exception>
    public static FileDescriptor Open(string path, string module)
    {
        int number = Libc.Open(path, (int)(OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), 0);
        if (number >= 0)
        {
            return new FileDescriptor(number, path);
        }

        int errno = Marshal.GetLastPInvokeError();
        throw new LinuxException("open", path, errno, errno switch
        {
            Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => $"load the kernel module: modprobe {module}",
            Errno.EACCES or Errno.EPERM => $"access is for root and the group '{UnixGroup.OwnerOf(path)}': add yourself to it and log in again",
            _ => null,
        });
    }

    /// <summary>Makes this process the owner, whose memory the rings lie in (VHOST_SET_OWNER).</summary>
    /// <exception cref="LinuxException">EBUSY when it has an owner already.</exception>
    public void SetOwner() => Check(Libc.Ioctl(Descriptor, VhostIoctl.VHOST_SET_OWNER, 0), nameof(VhostIoctl.VHOST_SET_OWNER));

    /// <summary>The features that the kernel knows, as virtio's bits and bits 26 and 27 of its own (VHOST_GET_FEATURES).</summary>
    /// <exception cref="LinuxException">ENOTTY when the descriptor is no vhost device.</exception>
    public ulong GetFeatures()
    {
        ulong features = 0;
        Check(Libc.Ioctl(Descriptor, VhostIoctl.VHOST_GET_FEATURES, ref features), nameof(VhostIoctl.VHOST_GET_FEATURES));
        return features;
    }

    /// <summary>Sets the features agreed on with the driver (VHOST_SET_FEATURES).</summary>
    /// <param name="features">
    /// A part of <see cref="GetFeatures"/>. VIRTIO_F_ACCESS_PLATFORM stays out of it, though the driver accepts it on a protected guest: to vhost it
    /// means that an IOMMU translates, and it would wait for mappings that never come.
    /// </param>
    /// <exception cref="LinuxException">EOPNOTSUPP for one that the kernel does not know.</exception>
    public void SetFeatures(ulong features) =>
        Check(
            Libc.Ioctl(Descriptor, VhostIoctl.VHOST_SET_FEATURES, ref features), $"{nameof(VhostIoctl.VHOST_SET_FEATURES)}(0x{features:x})");

    /// <summary>The features of the protocol between VMM and kernel (VHOST_GET_BACKEND_FEATURES).</summary>
    /// <exception cref="LinuxException">ENOTTY where the kernel has none.</exception>
    public ulong GetBackendFeatures()
    {
        ulong features = 0;
        Check(Libc.Ioctl(Descriptor, VhostIoctl.VHOST_GET_BACKEND_FEATURES, ref features), nameof(VhostIoctl.VHOST_GET_BACKEND_FEATURES));
        return features;
    }

    /// <summary>Turns features of the protocol between VMM and kernel on (VHOST_SET_BACKEND_FEATURES).</summary>
    /// <exception cref="LinuxException">EOPNOTSUPP for one that the kernel does not know.</exception>
    public void SetBackendFeatures(ulong features) =>
        Check(
            Libc.Ioctl(Descriptor, VhostIoctl.VHOST_SET_BACKEND_FEATURES, ref features),
            $"{nameof(VhostIoctl.VHOST_SET_BACKEND_FEATURES)}(0x{features:x})");

    /// <summary>Tells where guest physical addresses lie in this process (VHOST_SET_MEM_TABLE).</summary>
    /// <param name="memory">Every region of it; it must outlive the device's work.</param>
    /// <exception cref="LinuxException">E2BIG for more regions than the module's <c>max_mem_regions</c> (64 unless set otherwise).</exception>
    public unsafe void SetMemoryTable(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        nuint size = (nuint)(sizeof(vhost_memory) + (sizeof(vhost_memory_region) * memory.Regions.Length));
        vhost_memory* table = (vhost_memory*)NativeMemory.AllocZeroed(size);
        try
        {
            // SAFETY: the block has room for the head and one entry for each region.
            table->nregions = (uint)memory.Regions.Length;
            vhost_memory_region* entries = (vhost_memory_region*)(table + 1);
            for (int i = 0; i < memory.Regions.Length; i++)
            {
                GuestMemoryRegion region = memory.Regions[i];
                entries[i] = new vhost_memory_region
                {
                    guest_phys_addr = region.Start.Value,
                    memory_size = region.Size,
                    userspace_addr = (ulong)region.Mapping.Pointer,
                };
            }

            Check(
                Libc.Ioctl(Descriptor, VhostIoctl.VHOST_SET_MEM_TABLE, (nuint)table),
                $"{nameof(VhostIoctl.VHOST_SET_MEM_TABLE)}({memory.Regions.Length} regions)");
        }
        finally
        {
            NativeMemory.Free(table);
        }
    }

    /// <summary>Sets the number of descriptors of a ring (VHOST_SET_VRING_NUM).</summary>
    /// <param name="index">The ring's number among those that the kernel serves.</param>
    /// <param name="size">A power of two.</param>
    /// <exception cref="LinuxException">EBUSY while the ring runs.</exception>
    public void SetRingSize(int index, ushort size) => SetState(VhostIoctl.VHOST_SET_VRING_NUM, nameof(VhostIoctl.VHOST_SET_VRING_NUM), index, size);

    /// <summary>Sets the index at which the kernel goes on (VHOST_SET_VRING_BASE); 0 for a ring that was just enabled.</summary>
    /// <exception cref="LinuxException">EBUSY while the ring runs.</exception>
    public void SetRingBase(int index, uint next) => SetState(VhostIoctl.VHOST_SET_VRING_BASE, nameof(VhostIoctl.VHOST_SET_VRING_BASE), index, next);

    /// <summary>The index at which the kernel would go on (VHOST_GET_VRING_BASE). The device's own call that stops it comes first.</summary>
    public uint GetRingBase(int index)
    {
        vhost_vring_state state = new() { index = (uint)index };
        Check(
            Libc.Ioctl(Descriptor, VhostIoctl.VHOST_GET_VRING_BASE, ref state), $"{nameof(VhostIoctl.VHOST_GET_VRING_BASE)}(ring {index})");
        return state.num;
    }

    /// <summary>Tells where a ring's three areas lie (VHOST_SET_VRING_ADDR), as addresses of this process.</summary>
    /// <param name="index">The ring's number among those that the kernel serves.</param>
    /// <param name="memory">The memory of <see cref="SetMemoryTable"/>.</param>
    /// <param name="descriptors">The descriptor table, or packed ring.</param>
    /// <param name="available">The available ring, or driver event suppression.</param>
    /// <param name="used">The used ring, or device event suppression.</param>
    /// <exception cref="GuestAccessException">An area begins outside guest memory.</exception>
    /// <exception cref="LinuxException">EINVAL for one that is misaligned, or with a size set that passes the end of memory.</exception>
    public unsafe void SetRingAddresses(int index, GuestMemory memory, GuestAddress descriptors, GuestAddress available, GuestAddress used)
    {
        ArgumentNullException.ThrowIfNull(memory);
        // SAFETY: only numbers to the kernel, which checks each access.
        vhost_vring_addr areas = new()
        {
            index = (uint)index,
            desc_user_addr = (ulong)memory.GetPointer(descriptors, 1),
            avail_user_addr = (ulong)memory.GetPointer(available, 1),
            used_user_addr = (ulong)memory.GetPointer(used, 1),
        };
        Check(
            Libc.Ioctl(Descriptor, VhostIoctl.VHOST_SET_VRING_ADDR, ref areas), $"{nameof(VhostIoctl.VHOST_SET_VRING_ADDR)}(ring {index})");
    }

    /// <summary>Sets what wakes the kernel for a ring (VHOST_SET_VRING_KICK); null for none.</summary>
    public void SetRingKick(int index, EventFd? kick) => SetFile(VhostIoctl.VHOST_SET_VRING_KICK, nameof(VhostIoctl.VHOST_SET_VRING_KICK), index, kick);

    /// <summary>Sets what the kernel signals to interrupt the driver (VHOST_SET_VRING_CALL); null for none.</summary>
    public void SetRingCall(int index, EventFd? call) => SetFile(VhostIoctl.VHOST_SET_VRING_CALL, nameof(VhostIoctl.VHOST_SET_VRING_CALL), index, call);

    /// <summary>Sets what the kernel signals when it meets a ring that breaks the rules (VHOST_SET_VRING_ERR); null for none.</summary>
    public void SetRingError(int index, EventFd? error) => SetFile(VhostIoctl.VHOST_SET_VRING_ERR, nameof(VhostIoctl.VHOST_SET_VRING_ERR), index, error);

    /// <summary>Closes the device; the kernel's work on the rings has ended when this returns.</summary>
    public void Dispose()
    {
        Descriptor.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives a ring a file, or takes it away.</summary>
    private protected void SetFile(uint request, string name, int index, FileDescriptor? file)
    {
        bool added = false;
        try
        {
            file?.DangerousAddRef(ref added);
            vhost_vring_file argument = new() { index = (uint)index, fd = file?.Number ?? VhostConstants.VHOST_FILE_UNBIND };
            Check(Libc.Ioctl(Descriptor, request, ref argument), $"{name}(ring {index}, {file?.Name ?? "none"})");
        }
        finally
        {
            if (added)
            {
                file!.DangerousRelease();
            }
        }
    }

    private protected void Check(int result, string call) => Libc.Check(result, call, Descriptor);

    private void SetState(uint request, string name, int index, uint value)
    {
        vhost_vring_state state = new() { index = (uint)index, num = value };
        Check(Libc.Ioctl(Descriptor, request, ref state), $"{name}(ring {index}, {value})");
    }
}
