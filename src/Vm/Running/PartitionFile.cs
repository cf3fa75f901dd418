using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Vm.Running;

/// <summary>Makes the image of a writable partition.</summary>
internal static class PartitionFile
{
    /// <exception cref="VirtualMachineException">There is such a file, or it cannot be made; nothing is left of it then.</exception>
    public static void Create(IVirtualizationService service, string path, long size, PartitionType type)
    {
        try
        {
            using PosixFile image = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL);
            service.InitializeWritablePartition(image, size, type);
        }
        catch (LinuxException failure)
        {
            throw new VirtualMachineException(failure.Message, failure);
        }
        catch (BinderException failure)
        {
            File.Delete(path);
            throw new VirtualMachineException($"cannot make {path}: {failure.Message}", failure);
        }
    }
}
