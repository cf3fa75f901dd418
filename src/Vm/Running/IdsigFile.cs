using System.Globalization;
using Kvm.Interop.Files;
using Virtualization;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Vm.Running;

/// <summary>Makes the idsig of an APK, which reads the whole APK: where that takes long, a person is told.</summary>
internal static class IdsigFile
{
    /// <summary>From this size on it takes seconds: a few hundred MB/s are hashed.</summary>
    private const long LargeBytes = 64 << 20;

    /// <returns>The file, open for reading and writing.</returns>
    /// <exception cref="VirtualMachineException">The APK has no valid v3 signature, or the file cannot be made.</exception>
    public static FileDescriptor Make(VmHost host, IVirtualizationService service, FileDescriptor apk, string apkPath, string idsigPath)
    {
        long size = new FileInfo(apkPath).Length;
        bool tells = host.ShowsProgress && size >= LargeBytes;
        if (tells)
        {
            host.Errors.WriteLine($"hashing {apkPath} ({(size >> 20).ToString(CultureInfo.InvariantCulture)} MiB) …");
        }

        PosixFile idsig = PosixFile.Open(idsigPath, OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        try
        {
            service.CreateOrUpdateIdsigFile(apk, idsig);
        }
        catch (BinderException failure)
        {
            idsig.Dispose();
            throw new VirtualMachineException($"cannot make the idsig of {apkPath}: {failure.Message}", failure);
        }

        if (tells)
        {
            host.Errors.WriteLine($"hashed {apkPath}");
        }

        return idsig;
    }
}
