using VmPayload.Platform;

namespace VmPayload;

/// <summary>Where things are in the guest.</summary>
internal static unsafe class PayloadPaths
{
    /// <summary>The socket of IVmPayloadService.</summary>
    internal static ReadOnlySpan<byte> Service => "/run/vm_payload_service"u8;

    /// <summary>What the APK contains; ends with a zero.</summary>
    internal static ReadOnlySpan<byte> ApkContents => "/mnt/apk\0"u8;

    /// <summary>Where the encrypted storage is mounted, when there is one; ends with a zero.</summary>
    internal static ReadOnlySpan<byte> EncryptedStorage => "/mnt/encryptedstore\0"u8;

    /// <summary>Whether something is mounted right there. The directory itself is always in the system image.</summary>
    internal static bool IsMounted(ReadOnlySpan<byte> path)
    {
        byte* status = stackalloc byte[SocketAbi.StatXLength];
        fixed (byte* name = path)
        {
            return Libc.StatX(SocketAbi.AT_FDCWD, name, 0, SocketAbi.STATX_TYPE, status) == 0 &&
                (*(ulong*)(status + SocketAbi.StatXAttributes) & SocketAbi.STATX_ATTR_MOUNT_ROOT) != 0;
        }
    }
}
