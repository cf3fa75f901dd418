namespace Kvm.Interop.Native.Uapi;

// Structures of linux/vhost_types.h; names, order and widths are the header's.

internal struct vhost_vring_state
{
    internal uint index;
    internal uint num;
}

internal struct vhost_vring_file
{
    internal uint index;
    internal int fd;
}

internal struct vhost_vring_addr
{
    internal uint index;
    internal uint flags;
    internal ulong desc_user_addr;
    internal ulong used_user_addr;
    internal ulong avail_user_addr;
    internal ulong log_guest_addr;
}

internal struct vhost_memory_region
{
    internal ulong guest_phys_addr;
    internal ulong memory_size;
    internal ulong userspace_addr;
    internal ulong flags_padding;
}

/// <summary>The head of the table; the regions follow it.</summary>
internal struct vhost_memory
{
    internal uint nregions;
    internal uint padding;
}
