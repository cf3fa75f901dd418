using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization.Tests.Wire;

/// <summary>Each method's code and interface on the wire: AVF's order of methods, from 1.</summary>
public sealed class TransactionTests
{
    [Fact]
    public void Methods_of_the_service_have_avfs_codes() => Check(
        "android.system.virtualizationservice.IVirtualizationService",
        binder => new VirtualizationServiceProxy(binder),
        service => service.CreateVm(new Virtualization.Aidl.VirtualMachineConfig { RawConfig = new VirtualMachineRawConfig() }, null, null, null),
        service => service.AllocateInstanceId(),
        service => service.InitializeWritablePartition(FileDescriptor.StandardInput, 1, PartitionType.Raw),
        service => service.CreateOrUpdateIdsigFile(FileDescriptor.StandardInput, FileDescriptor.StandardInput),
        service => service.DebugListVms(),
        service => service.GetAssignableDevices(),
        service => service.GetSupportedOSList(),
        service => service.IsFeatureEnabled("f"),
        service => service.EnableTestAttestation(),
        service => service.IsRemoteAttestationSupported(),
        service => service.IsUpdatableVmSupported(),
        service => service.RemoveVmInstance(new byte[64]),
        service => service.ClaimVmInstance(new byte[64]));

    [Fact]
    public void Methods_of_a_vm_have_avfs_codes() => Check(
        "android.system.virtualizationservice.IVirtualMachine",
        binder => new VirtualMachineProxy(binder),
        vm => vm.GetCid(),
        vm => vm.GetState(),
        vm => vm.RegisterCallback(new VirtualMachineCallbackProxy(new RecordingBinder())),
        vm => vm.Start(),
        vm => vm.Stop(),
        vm => vm.GetMemoryBalloon(),
        vm => vm.SetMemoryBalloon(1),
        vm => vm.ConnectVsock(1),
        vm => vm.SetHostConsoleName("p"),
        vm => vm.Suspend(),
        vm => vm.Resume());

    [Fact]
    public void Callbacks_have_avfs_codes_and_are_one_way()
    {
        RecordingBinder last = Check(
            "android.system.virtualizationservice.IVirtualMachineCallback",
            binder => new VirtualMachineCallbackProxy(binder),
            callback => callback.OnPayloadStarted(1),
            callback => callback.OnPayloadReady(1),
            callback => callback.OnPayloadFinished(1, 2),
            callback => callback.OnError(1, ErrorCode.Unknown, "m"),
            callback => callback.OnDied(1, DeathReason.Killed));
        Assert.Equal(TransactionFlags.OneWay, last.Flags);
    }

    [Fact]
    public void Methods_of_the_guests_service_have_avfs_codes() => Check(
        "android.system.virtualmachineservice.IVirtualMachineService",
        binder => new VirtualMachineServiceProxy(binder),
        service => service.NotifyPayloadStarted(),
        service => service.NotifyPayloadReady(),
        service => service.NotifyPayloadFinished(3),
        service => service.NotifyError(ErrorCode.Unknown, "m"),
        service => service.RequestAttestation([1], true),
        service => service.GetSecretkeeper());

    [Fact]
    public void Methods_of_the_payloads_service_have_avfs_codes() => Check(
        "android.system.virtualization.payload.IVmPayloadService",
        binder => new VmPayloadServiceProxy(binder),
        service => service.NotifyPayloadReady(),
        service => service.GetVmInstanceSecret([1], 32),
        service => service.GetDiceAttestationChain(),
        service => service.GetDiceAttestationCdi(),
        service => service.RequestAttestation([1], true),
        service => service.GetAccessorBinder("s"),
        service => service.GetSupportedServices(),
        service => service.WritePayloadRpData(new byte[32]),
        service => service.ReadPayloadRpData(),
        service => service.IsNewInstance());

    [Fact]
    public void Methods_of_the_machine_wide_service_have_their_codes()
    {
        Check(
            "android.system.virtualizationservice_internal.IVirtualizationServiceInternal",
            binder => new VirtualizationServiceInternalProxy(binder),
            service => service.RemoveMemlockRlimit(1),
            service => service.AllocateGlobalVmContext(1, 2),
            service => service.DebugListVms(),
            service => service.GetLimits());
        Check(
            "android.system.virtualizationservice_internal.IGlobalVmContext",
            binder => new GlobalVmContextProxy(binder),
            context => context.GetCid(),
            context => context.GetTemporaryDirectory(),
            context => context.SetHostConsoleName("p"));
    }

    [Fact]
    public void Enumerations_have_avfs_values()
    {
        Assert.Equal([0, 1, 2, 3, 4, 6], Values<Virtualization.Aidl.VirtualMachineState>());
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17], Values<DeathReason>());
        Assert.Equal([0, 1, 2, 3], Values<ErrorCode>());
        Assert.Equal([0, 1, 2], Values<PartitionType>());
        Assert.Equal([0, 1], Values<Virtualization.Aidl.CpuTopology>());
        Assert.Equal([0, 1], Values<Virtualization.Aidl.DebugLevel>());
        Assert.Equal([-1, .. Enumerable.Range(0, 18)], Values<VirtualMachineStopReason>());
        Assert.Equal(Values<Virtualization.Aidl.ErrorCode>(), Values<VirtualMachineErrorCode>());
        Assert.Equal(Values<Virtualization.Aidl.VirtualMachineState>(), Values<Virtualization.VirtualMachineState>());
    }

    private static int[] Values<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(static value => Convert.ToInt32(value, null)).Order()];

    /// <summary>Calls each method; its position in the list is the code that it must have. Replies are empty, so reading results may fail.</summary>
    private static RecordingBinder Check<T>(string descriptor, Func<IBinder, T> connect, params Action<T>[] methods)
    {
        RecordingBinder binder = new();
        T proxy = connect(binder);
        for (uint i = 0; i < methods.Length; i++)
        {
            try
            {
                methods[i](proxy);
            }
            catch (BinderException fault) when (fault.Status is StatusCode.NotEnoughData or StatusCode.UnexpectedNull)
            {
                // The call was made.
            }

            Assert.Equal(i + 1, binder.Code);
            Assert.Equal(descriptor, binder.Token);
        }

        return binder;
    }
}
