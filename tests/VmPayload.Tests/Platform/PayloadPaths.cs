using System.Text;

namespace VmPayload;

/// <summary>The paths of the guest, moved.</summary>
internal static class PayloadPaths
{
    private static byte[] s_service = Encoding.UTF8.GetBytes("/nowhere");

    internal static ReadOnlySpan<byte> Service => s_service;

    internal static ReadOnlySpan<byte> ApkContents => "/mnt/apk\0"u8;

    internal static ReadOnlySpan<byte> EncryptedStorage => "/mnt/encryptedstore\0"u8;

    internal static bool HasStorage { get; set; }

    internal static void SetService(string path) => s_service = Encoding.UTF8.GetBytes(path);

    internal static bool IsMounted(ReadOnlySpan<byte> path) => HasStorage && path.SequenceEqual(EncryptedStorage);
}
