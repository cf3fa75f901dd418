using Kvm.Interop.Files;

namespace Virtualization.Aidl;

/// <summary>Creates VMs and what they need; each client process has its own, served by <c>virtmgr</c> (AVF IVirtualizationService.aidl).</summary>
public interface IVirtualizationService
{
    /// <summary>The name that the interface has on the wire.</summary>
    const string Descriptor = "android.system.virtualizationservice.IVirtualizationService";

    /// <summary>Bytes in the id of a VM instance.</summary>
    const int InstanceIdLength = 64;

    /// <summary>Feature: the changes to DICE of Android 15.</summary>
    const string FeatureDiceChanges = "com.android.kvm.DICE_CHANGES";

    /// <summary>Feature: long-living pVMs, whose secrets survive updates.</summary>
    const string FeatureLlpvmChanges = "com.android.kvm.LLPVM_CHANGES";

    /// <summary>Feature: extra APKs named by the client.</summary>
    const string FeatureMultiTenant = "com.android.kvm.MULTI_TENANT";

    /// <summary>Feature: a network card in a Microdroid VM.</summary>
    const string FeatureNetwork = "com.android.kvm.NETWORK";

    /// <summary>Feature: remote attestation.</summary>
    const string FeatureRemoteAttestation = "com.android.kvm.REMOTE_ATTESTATION";

    /// <summary>Feature: a vendor image.</summary>
    const string FeatureVendorModules = "com.android.kvm.VENDOR_MODULES";

    /// <summary>Transaction code of <see cref="CreateVm"/>; the others follow in the order of the methods.</summary>
    const uint CreateVmTransaction = 1;

    /// <summary>Transaction code of <see cref="AllocateInstanceId"/>.</summary>
    const uint AllocateInstanceIdTransaction = 2;

    /// <summary>Transaction code of <see cref="InitializeWritablePartition"/>.</summary>
    const uint InitializeWritablePartitionTransaction = 3;

    /// <summary>Transaction code of <see cref="CreateOrUpdateIdsigFile"/>.</summary>
    const uint CreateOrUpdateIdsigFileTransaction = 4;

    /// <summary>Transaction code of <see cref="DebugListVms"/>.</summary>
    const uint DebugListVmsTransaction = 5;

    /// <summary>Transaction code of <see cref="GetAssignableDevices"/>.</summary>
    const uint GetAssignableDevicesTransaction = 6;

    /// <summary>Transaction code of <see cref="GetSupportedOSList"/>.</summary>
    const uint GetSupportedOSListTransaction = 7;

    /// <summary>Transaction code of <see cref="IsFeatureEnabled"/>.</summary>
    const uint IsFeatureEnabledTransaction = 8;

    /// <summary>Transaction code of <see cref="EnableTestAttestation"/>.</summary>
    const uint EnableTestAttestationTransaction = 9;

    /// <summary>Transaction code of <see cref="IsRemoteAttestationSupported"/>.</summary>
    const uint IsRemoteAttestationSupportedTransaction = 10;

    /// <summary>Transaction code of <see cref="IsUpdatableVmSupported"/>.</summary>
    const uint IsUpdatableVmSupportedTransaction = 11;

    /// <summary>Transaction code of <see cref="RemoveVmInstance"/>.</summary>
    const uint RemoveVmInstanceTransaction = 12;

    /// <summary>Transaction code of <see cref="ClaimVmInstance"/>.</summary>
    const uint ClaimVmInstanceTransaction = 13;

    /// <summary>Creates a VM that <see cref="IVirtualMachine.Start"/> starts; it dies with the last reference to what is returned.</summary>
    /// <param name="config">What the VM is made of. The implementation owns it, with its descriptors and the three below.</param>
    /// <param name="consoleOutFd">Where the console's output goes; null for nowhere.</param>
    /// <param name="consoleInFd">Where the console's input comes from; null for nowhere.</param>
    /// <param name="osLogFd">Where the guest's log goes; null for nowhere.</param>
    IVirtualMachine CreateVm(VirtualMachineConfig config, FileDescriptor? consoleOutFd, FileDescriptor? consoleInFd, FileDescriptor? osLogFd);

    /// <summary>Makes the id of a new VM instance: <see cref="InstanceIdLength"/> bytes.</summary>
    byte[] AllocateInstanceId();

    /// <summary>Makes an empty file, open for reading and writing, into a writable partition of a size in bytes.</summary>
    void InitializeWritablePartition(FileDescriptor imageFd, long sizeBytes, PartitionType type);

    /// <summary>Writes the idsig of an APK, unless the file already holds that of the APK as it is.</summary>
    void CreateOrUpdateIdsigFile(FileDescriptor inputFd, FileDescriptor idsigFd);

    /// <summary>The VMs that run now.</summary>
    IReadOnlyList<VirtualMachineDebugInfo> DebugListVms();

    /// <summary>The devices of the host that a VM can be given.</summary>
    IReadOnlyList<AssignableDevice> GetAssignableDevices();

    /// <summary>The names of the operating systems that a payload can run on.</summary>
    IReadOnlyList<string> GetSupportedOSList();

    /// <summary>Whether a feature, one of the constants above, is there.</summary>
    bool IsFeatureEnabled(string feature);

    /// <summary>Provisions a key pair for testing attestation.</summary>
    void EnableTestAttestation();

    /// <summary>Whether a protected VM can attest itself.</summary>
    bool IsRemoteAttestationSupported();

    /// <summary>Whether a VM keeps its secrets when its images or its APK are updated.</summary>
    bool IsUpdatableVmSupported();

    /// <summary>Forgets what is kept for an instance.</summary>
    /// <param name="instanceId">Its <see cref="InstanceIdLength"/> bytes.</param>
    void RemoveVmInstance(ReadOnlySpan<byte> instanceId);

    /// <summary>Makes the caller the owner of an instance.</summary>
    /// <param name="instanceId">Its <see cref="InstanceIdLength"/> bytes.</param>
    void ClaimVmInstance(ReadOnlySpan<byte> instanceId);
}
