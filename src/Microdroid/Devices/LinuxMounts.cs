using Kvm.Interop;
using Kvm.Interop.Files;

namespace Microdroid.Devices;

/// <summary>File systems mounted by the kernel.</summary>
internal sealed class LinuxMounts : IMounts
{
    /// <inheritdoc/>
    public void Attach(string device, string target, string type, MountFlags flags)
    {
        if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(target);
        }

        FileSystemMount.Attach(device, target, type, flags);
    }

    /// <inheritdoc/>
    public void Detach(string target)
    {
        try
        {
            FileSystemMount.Detach(target);
        }
        catch (LinuxException e) when (e.Errno == Errno.EBUSY)
        {
            FileSystemMount.Detach(target, lazily: true);
        }
    }

    /// <inheritdoc/>
    public void Synchronize(string target) => FileSystemMount.Synchronize(target);
}
