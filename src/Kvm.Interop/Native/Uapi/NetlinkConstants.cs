namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/netlink.h and linux/rtnetlink.h.</summary>
internal static class NetlinkConstants
{
    internal const int NETLINK_ROUTE = 0;
    internal const uint RTMGRP_LINK = 1;
    internal const ushort RTM_NEWLINK = 16;
    internal const ushort RTM_DELLINK = 17;
}
