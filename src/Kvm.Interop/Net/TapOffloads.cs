namespace Kvm.Interop.Net;

/// <summary>What the reader of a tap can do itself, so that the kernel need not (linux/if_tun.h).</summary>
[Flags]
#pragma warning disable CS1591 // the names are the header's
public enum TapOffloads : uint
{
    None = 0,
    TUN_F_CSUM = 0x01,
    TUN_F_TSO4 = 0x02,
    TUN_F_TSO6 = 0x04,
    TUN_F_TSO_ECN = 0x08,
    TUN_F_USO4 = 0x20,
    TUN_F_USO6 = 0x40,
}
