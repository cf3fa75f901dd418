namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/if_tun.h, and of linux/sockios.h for the interface behind a tap.</summary>
internal static class TunConstants
{
    internal const uint TUNSETIFF = 0x400454ca;
    internal const uint TUNGETFEATURES = 0x800454cf;
    internal const uint TUNSETOFFLOAD = 0x400454d0;
    internal const uint TUNGETIFF = 0x800454d2;
    internal const uint TUNSETVNETHDRSZ = 0x400454d8;
    internal const uint TUNSETQUEUE = 0x400454d9;

    internal const ushort IFF_TAP = 0x0002;
    internal const ushort IFF_MULTI_QUEUE = 0x0100;
    internal const ushort IFF_ATTACH_QUEUE = 0x0200;
    internal const ushort IFF_DETACH_QUEUE = 0x0400;
    internal const ushort IFF_NO_PI = 0x1000;
    internal const ushort IFF_VNET_HDR = 0x4000;

    internal const uint SIOCGIFFLAGS = 0x8913;
    internal const uint SIOCSIFFLAGS = 0x8914;
    internal const uint SIOCSIFADDR = 0x8916;
    internal const uint SIOCSIFNETMASK = 0x891c;
    internal const uint SIOCSIFMTU = 0x8922;
}
