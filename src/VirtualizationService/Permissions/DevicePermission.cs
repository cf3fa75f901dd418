using Kvm.Interop;
using Kvm.Interop.Files;

namespace VirtualizationService.Permissions;

/// <summary>MANAGE_VIRTUAL_MACHINE: whether this process may open the devices that a VM needs.</summary>
/// <param name="Devices">Their paths.</param>
public sealed record DevicePermission(IReadOnlyList<string> Devices)
{
    /// <summary>Opens each device and closes it again: the kernel's answer is the only sure one.</summary>
    /// <exception cref="RefusedException">One is missing or may not be opened; the message says what to type.</exception>
    public void Check()
    {
        foreach (string device in Devices)
        {
            try
            {
                PosixFile.Open(device, OpenFlags.O_RDWR).Dispose();
            }
            catch (LinuxException failure)
            {
                throw Explain(device, failure);
            }
        }
    }

    private static RefusedException Explain(string device, LinuxException failure)
    {
        if (failure.Errno is Errno.ENOENT or Errno.ENODEV or Errno.ENXIO)
        {
            string module = Path.GetFileName(device).Replace('-', '_');
            string remedy = module == "kvm" ? "this host has no KVM, or it is switched off" : $"load the kernel module: modprobe {module}";
            return new RefusedException(Refusal.Unsupported, $"{device} is missing: {remedy}", failure);
        }

        if (failure.Errno is not (Errno.EACCES or Errno.EPERM))
        {
            return new RefusedException(Refusal.Failed, failure.Message, failure);
        }

        FileOwner? owner = FileOwner.Of(device);
        bool groupMay = owner is { Group: not 0 } && owner.Mode.HasFlag(UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        string group = owner is null ? "kvm" : UnixAccounts.GroupName(owner.Group) ?? $"{owner.Group}";
        string user = UnixAccounts.UserName(UnixAccounts.User) ?? $"{UnixAccounts.User}";
        string what = groupMay
            ? $"it is for the group {group}: usermod -aG {group} {user}, and log in again"
            : $"only root may: give it a group that may (chgrp kvm {device}; chmod 660 {device}), and usermod -aG kvm {user}";
        return new RefusedException(Refusal.Security, $"user {user} may not open {device}, and so may not run virtual machines; {what}", failure);
    }
}
