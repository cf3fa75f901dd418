using System.Collections.Concurrent;
using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace FakeService;

/// <summary>A service whose VMs are objects of the test.</summary>
internal sealed class FakeVirtualizationService : VirtualizationServiceStub
{
    private byte _nextId;

    /// <summary>Whether instances are kept outside of their own files.</summary>
    public bool IsUpdatable { get; set; } = true;

    /// <summary>Thrown instead of creating a VM.</summary>
    public string? Refusal { get; set; }

    public BlockingCollection<FakeVirtualMachine> Created { get; } = [];

    public ConcurrentQueue<string> Calls { get; } = new();

    public List<VirtualMachineDebugInfo> Running { get; } = [];

    /// <summary>What each VM does when it is started.</summary>
    public Action<FakeVirtualMachine>? OnStart { get; set; }

    public override IVirtualMachine CreateVm(
        VirtualMachineConfig config, FileDescriptor? consoleOutFd, FileDescriptor? consoleInFd, FileDescriptor? osLogFd)
    {
        if (Refusal is not null)
        {
            throw new BinderException(ExceptionCode.Security, Refusal);
        }

        FakeVirtualMachine vm = new(config, consoleOutFd, consoleInFd, osLogFd) { OnStart = OnStart };
        Created.Add(vm);
        return vm;
    }

    public override byte[] AllocateInstanceId()
    {
        byte[] id = new byte[IVirtualizationService.InstanceIdLength];
        Array.Fill(id, ++_nextId);
        return id;
    }

    public override void InitializeWritablePartition(FileDescriptor imageFd, long sizeBytes, PartitionType type)
    {
        Calls.Enqueue($"partition {type} {sizeBytes}");
        imageFd.WriteAll([(byte)'P', (byte)type]);
    }

    public override void CreateOrUpdateIdsigFile(FileDescriptor inputFd, FileDescriptor idsigFd)
    {
        byte[] first = new byte[1];
        if (inputFd.Read(first) == 0)
        {
            throw new BinderException(ExceptionCode.IllegalArgument, "the APK is empty");
        }

        Calls.Enqueue($"idsig of {(char)first[0]}");
        idsigFd.WriteAll("idsig"u8);
    }

    public override IReadOnlyList<VirtualMachineDebugInfo> DebugListVms() => Running;

    public override IReadOnlyList<AssignableDevice> GetAssignableDevices() => [];

    public override IReadOnlyList<string> GetSupportedOSList() => ["microdroid"];

    public override bool IsFeatureEnabled(string feature) => feature == IVirtualizationService.FeatureMultiTenant;

    public override void EnableTestAttestation() => throw new BinderException(ExceptionCode.UnsupportedOperation, "no attestation here");

    public override bool IsRemoteAttestationSupported() => false;

    public override bool IsUpdatableVmSupported() => IsUpdatable;

    public override void RemoveVmInstance(ReadOnlySpan<byte> instanceId) => OfInstance("remove", instanceId);

    public override void ClaimVmInstance(ReadOnlySpan<byte> instanceId) => OfInstance("claim", instanceId);

    /// <summary>A host whose VMs are not updatable keeps nothing of instances.</summary>
    private void OfInstance(string what, ReadOnlySpan<byte> instanceId)
    {
        if (!IsUpdatable)
        {
            throw new BinderException(ExceptionCode.UnsupportedOperation, "no instances here");
        }

        Calls.Enqueue($"{what} {instanceId[0]}");
    }
}
