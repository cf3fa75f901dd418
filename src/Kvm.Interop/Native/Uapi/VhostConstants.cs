namespace Kvm.Interop.Native.Uapi;

/// <summary>Constants of linux/vhost.h.</summary>
internal static class VhostConstants
{
    internal const int VHOST_FILE_UNBIND = -1;
}
