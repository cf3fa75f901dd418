namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/loop.h.</summary>
internal static class LoopConstants
{
    internal const uint LOOP_CLR_FD = 0x4c01;
    internal const uint LOOP_CONFIGURE = 0x4c0a;
    internal const uint LOOP_CTL_GET_FREE = 0x4c82;
    internal const uint LO_FLAGS_READ_ONLY = 1;
    internal const uint LO_FLAGS_AUTOCLEAR = 4;
}
