using Kvm.Interop;

namespace Virtualization;

/// <summary>Finds out, once a process, whether this host and user can run VMs.</summary>
internal static class HostSupport
{
    private const string KvmPath = "/dev/kvm";

    /// <summary>The kernel's virtio sockets between host and guests; a guest's manager cannot report without sockets.</summary>
    private const string VsockPath = "/dev/vhost-vsock";

    /// <summary>What chooses how host and guests reach each other: <c>kernel</c> (default), or <c>unix</c>, where the VMM carries their sockets.</summary>
    internal const string VsockVariable = "VMM_VSOCK";

    private static readonly Lazy<VirtualMachineCapabilities> s_capabilities = new(Probe);

    internal static VirtualMachineCapabilities Capabilities => s_capabilities.Value;

    /// <summary>Refuses a host that can run no VM, before anything is made for it.</summary>
    /// <exception cref="VirtualMachineException">It cannot; the message says what to do.</exception>
    internal static void Require()
    {
        foreach ((string path, string remedy) in Devices(Environment.GetEnvironmentVariable(VsockVariable)))
        {
            RequireDevice(path, remedy);
        }
    }

    /// <summary>The devices that a VM needs, and what to do where one is missing.</summary>
    /// <param name="vsock">What <see cref="VsockVariable"/> says. What is neither of its words is the service's to refuse.</param>
    internal static IReadOnlyList<(string Path, string Remedy)> Devices(string? vsock)
    {
        (string Path, string Remedy) kvm = (KvmPath, "this kernel has no KVM, or the machine does not let it");
        return vsock is null or "" or "kernel" ? [kvm, (VsockPath, $"load the module vhost_vsock, or set {VsockVariable}=unix")] : [kvm];
    }

    internal static void RequireDevice(string path, string remedy)
    {
        if (!File.Exists(path))
        {
            throw new VirtualMachineException($"{path} does not exist: {remedy}");
        }

        try
        {
            using FileStream device = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new VirtualMachineException($"{path} may not be opened: this user must be in the group that owns it (ls -l {path})", failure);
        }
        catch (IOException)
        {
            // It exists and may be opened; why it does not work, the VMM says better.
        }
    }

    private static VirtualMachineCapabilities Probe()
    {
        try
        {
            using KvmSystem kvm = KvmSystem.Open(KvmPath);
            return VirtualMachineCapabilities.NonProtectedVm | (HasProtectedVms(kvm) ? VirtualMachineCapabilities.ProtectedVm : 0);
        }
        catch (LinuxException)
        {
            return VirtualMachineCapabilities.None;
        }
    }

    /// <summary>No capability tells of pKVM upstream: a VM of that type is made and thrown away, which marks a kernel that has them as tainted.</summary>
    private static bool HasProtectedVms(KvmSystem kvm)
    {
        try
        {
            using KvmVm vm = kvm.CreateVm(KvmVmType.AnyProtected(kvm.MaxIpaBits));
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }
}
