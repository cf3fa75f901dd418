using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop;

/// <summary>The argument of KVM_CREATE_VM on ARM64.</summary>
/// <param name="IpaBits">Width of guest physical addresses in bits, 32 to <see cref="KvmSystem.MaxIpaBits"/>; 0 for the kernel's default of 40.</param>
/// <param name="Protected">Whether the hypervisor keeps the VM's memory from the host (bit 31; Linux 7.1 and later with <c>kvm-arm.mode=protected</c>).</param>
public readonly record struct KvmVmType(int IpaBits, bool Protected = false)
{
    /// <summary>The most address bits of a protected VM: what its firmware maps, and the hypervisor's own tables without a level more.</summary>
    public const int MaxProtectedIpaBits = 40;

    /// <summary>A protected VM that any host which has them gives: for asking whether it does.</summary>
    /// <param name="maxIpaBits">The host's <see cref="KvmSystem.MaxIpaBits"/>.</param>
    public static KvmVmType AnyProtected(int maxIpaBits) => new(Math.Min(maxIpaBits, MaxProtectedIpaBits), Protected: true);

    /// <summary>The number that the kernel takes.</summary>
    public ulong Value =>
        ((ulong)(uint)IpaBits & KvmConstants.KVM_VM_TYPE_ARM_IPA_SIZE_MASK) | (Protected ? KvmConstants.KVM_VM_TYPE_ARM_PROTECTED : 0);
}
