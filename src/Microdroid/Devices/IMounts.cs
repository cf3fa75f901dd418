using Kvm.Interop.Files;

namespace Microdroid.Devices;

/// <summary>Mounted file systems.</summary>
internal interface IMounts
{
    /// <summary>Mounts a file system; the directory is made where it is missing.</summary>
    void Attach(string device, string target, string type, MountFlags flags);

    /// <summary>Unmounts; when it is in use, it vanishes now and lets its device go later.</summary>
    void Detach(string target);

    /// <summary>Writes everything of a file system to its device.</summary>
    void Synchronize(string target);
}
