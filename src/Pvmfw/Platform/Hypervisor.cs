namespace Pvmfw.Platform;

/// <summary>What KVM offers its guests (Linux, Documentation/virt/kvm/arm/hypercalls.rst and include/linux/arm-smccc.h).</summary>
public static class Hypervisor
{
    private const uint UidCall = 0x8600ff01;
    private const uint FeaturesCall = 0x86000000;
    private const uint MemoryInfoCall = 0xc6000002;
    private const uint ShareCall = 0xc6000003;
    private const uint UnshareCall = 0xc6000004;
    private const int MemoryInfoFeature = 2;
    private const int ShareFeature = 3;
    private const int UnshareFeature = 4;

    // 28b46fb6-2ec5-11e9-a9ca-4b564d003a74, four words as they come back.
    private const uint KvmUid0 = 0xb66fb428;
    private const uint KvmUid1 = 0xe911c52e;
    private const uint KvmUid2 = 0x564bcaa9;
    private const uint KvmUid3 = 0x743a004d;

    /// <summary>Whether the hypervisor is KVM, so that its other calls mean what they say.</summary>
    public static bool IsKvm
    {
        get
        {
            SmcccResult result = Smccc.Call(UidCall);
            return (uint)result.X0 == KvmUid0 && (uint)result.X1 == KvmUid1 && (uint)result.X2 == KvmUid2 && (uint)result.X3 == KvmUid3;
        }
    }

    /// <summary>Whether this is a protected VM: only those can share memory, because others have none that is not shared.</summary>
    public static bool IsProtected => IsKvm && HasFeature(MemoryInfoFeature) && HasFeature(ShareFeature) && HasFeature(UnshareFeature);

    /// <summary>The bytes that are shared and unshared at once; 0 when memory cannot be shared.</summary>
    public static ulong ShareGranule
    {
        get
        {
            long granule = (long)Smccc.Call(MemoryInfoCall).X0;
            return granule > 0 ? (ulong)granule : 0;
        }
    }

    /// <summary>Lets the host read and write a granule.</summary>
    /// <param name="address">Guest physical, a multiple of <see cref="ShareGranule"/>.</param>
    public static bool Share(ulong address) => Smccc.Call(ShareCall, address).X0 == 0;

    /// <summary>Takes a granule back from the host.</summary>
    /// <param name="address">Guest physical, a multiple of <see cref="ShareGranule"/>.</param>
    public static bool Unshare(ulong address) => Smccc.Call(UnshareCall, address).X0 == 0;

    private static bool HasFeature(int number)
    {
        SmcccResult result = Smccc.Call(FeaturesCall);
        return (long)result.X0 != Smccc.NotSupported && ((uint)result.X0 & (1u << number)) != 0;
    }
}
