using Kvm.Interop;

namespace VirtualizationService.Permissions;

/// <summary>Whether this host keeps guests' memory from itself.</summary>
internal static class ProtectedVmSupport
{
    // A protected guest's addresses have at most 40 bits.
    private const int AddressBits = 40;

    private static readonly Lazy<bool> s_isThere = new(Ask);

    /// <summary>Asks the kernel for a protected VM, once. That marks a kernel which has them as tainted, as starting one does.</summary>
    public static bool IsThere() => s_isThere.Value;

    private static bool Ask()
    {
        try
        {
            using KvmSystem kvm = KvmSystem.Open();
            kvm.CreateVm(new KvmVmType(Math.Min(kvm.MaxIpaBits, AddressBits), Protected: true)).Dispose();
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }
}
