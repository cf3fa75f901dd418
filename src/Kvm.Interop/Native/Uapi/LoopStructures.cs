namespace Kvm.Interop.Native.Uapi;

// Structures of linux/loop.h; names, order and widths are the header's.

internal unsafe struct loop_info64
{
    internal ulong lo_device;
    internal ulong lo_inode;
    internal ulong lo_rdevice;
    internal ulong lo_offset;
    internal ulong lo_sizelimit;
    internal uint lo_number;
    internal uint lo_encrypt_type;
    internal uint lo_encrypt_key_size;
    internal uint lo_flags;
    internal fixed byte lo_file_name[64];
    internal fixed byte lo_crypt_name[64];
    internal fixed byte lo_encrypt_key[32];
    internal fixed ulong lo_init[2];
}

internal unsafe struct loop_config
{
    internal uint fd;
    internal uint block_size;
    internal loop_info64 info;
    internal fixed ulong __reserved[8];
}
