namespace Kvm.Interop.Files;

/// <summary>Flags of mount(2) (linux/mount.h).</summary>
[Flags]
#pragma warning disable CS1591 // the names are the header's, described in mount(2)
public enum MountFlags
{
    None = 0,
    MS_RDONLY = 1,
    MS_NOSUID = 2,
    MS_NODEV = 4,
    MS_NOEXEC = 8,
    MS_REMOUNT = 32,
    MS_NOSYMFOLLOW = 256,
    MS_NOATIME = 1024,
    MS_BIND = 4096,
    MS_MOVE = 8192,
}
