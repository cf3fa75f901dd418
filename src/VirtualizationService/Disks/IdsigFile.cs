using BootLoader.Apk;
using BootLoader.Sources;
using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;

namespace VirtualizationService.Disks;

/// <summary>Makes the hash tree of an APK, <c>.idsig</c> (APK signature scheme v4).</summary>
public static class IdsigFile
{
    /// <summary>Writes the file, unless it is that APK's already.</summary>
    /// <param name="apk">The APK.</param>
    /// <param name="idsig">The file, open for reading and writing.</param>
    /// <exception cref="RefusedException">The APK is not signed with scheme v3, or the file cannot be written.</exception>
    public static void CreateOrUpdate(FileDescriptor apk, FileDescriptor idsig)
    {
        ArgumentNullException.ThrowIfNull(apk);
        ArgumentNullException.ThrowIfNull(idsig);
        PayloadDisk.RequireSignature(apk, "the APK");
        try
        {
            using SafeFileHandle input = new(apk.DangerousGetHandle(), ownsHandle: false);
            using FileSource source = new(input, FileSpace.Size(apk), leaveOpen: true);
            using SafeFileHandle output = new(idsig.DangerousGetHandle(), ownsHandle: false);
            using FileStream stream = new(output, FileAccess.ReadWrite);
            stream.Position = 0;
            Idsig.CreateOrUpdate(source, stream);
        }
        catch (Exception e) when (e is ApkException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new RefusedException(Refusal.Failed, $"the idsig file cannot be made: {e.Message}", e);
        }
    }
}
