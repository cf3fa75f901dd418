using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace VirtualizationService.Tests.Rpc;

/// <summary>What a client is answered, over Binder RPC; only the VMM is a script.</summary>
public sealed class VirtualizationServiceTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly ClientFiles _files;
    private ServedClient? _client;

    public VirtualizationServiceTests() => _files = new ClientFiles(_home);

    public void Dispose()
    {
        _client?.Dispose();
        _home.Dispose();
    }

    [Fact]
    public void An_apps_VM_gets_the_systems_disks_its_own_and_the_payloads()
    {
        ServedClient client = Connect(FakeVmm.Forever);
        _files.WriteSystem();
        _files.WriteApk();
        using (PosixFile image = _files.Create("instance.img"))
        {
            client.Service.InitializeWritablePartition(image, 10 << 20, PartitionType.AndroidVmInstance);
        }

        using (PosixFile idsig = _files.Create("idsig"))
        using (PosixFile apk = _files.Open("payload.apk"))
        {
            client.Service.CreateOrUpdateIdsigFile(apk, idsig);
        }

        using VirtualMachineProxy vm = (VirtualMachineProxy)client.Service.CreateVm(new VirtualMachineConfig { AppConfig = _files.AppConfig() }, null, null, null);
        vm.Start();

        string directory = Path.Combine(client.Root, $"{vm.GetCid()}");
        Eventually.True(() => File.Exists(Path.Combine(directory, "running")), "the VMM's start");
        string[] arguments = File.ReadAllLines(Path.Combine(directory, "arguments"));
        Assert.Equal(
            ["path=composite-0.img,type=composite,ro=true,lock=false", "path=composite-1.img,type=composite,ro=false,lock=false", "path=composite-2.img,type=composite,ro=true,lock=false"],
            arguments.Where(static argument => argument.StartsWith("path=", StringComparison.Ordinal)));
        Assert.Contains("--instance-id", arguments);
        Assert.Equal("256", arguments[Array.IndexOf(arguments, "--mem") + 1]);
    }

    /// <summary>A call may be on its way when its client goes.</summary>
    [Fact]
    public void A_VM_that_is_made_when_its_client_is_gone_leaves_nothing()
    {
        ServedClient client = Connect(FakeVmm.Forever);
        client.EndService();

        BinderException refusal = Assert.Throws<BinderException>(() => _files.CreateRaw(client.Service));

        Assert.Equal(ExceptionCode.IllegalState, refusal.Exception);
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [Fact]
    public void An_APK_that_is_not_signed_is_refused_for_a_VM_and_for_an_idsig()
    {
        ServedClient client = Connect(FakeVmm.Forever);
        _files.WriteSystem();
        _home.Write("payload.apk", "PK");
        _files.WriteInstance();

        BinderException refusal = Assert.Throws<BinderException>(
            () => client.Service.CreateVm(new VirtualMachineConfig { AppConfig = _files.AppConfig() }, null, null, null));
        using PosixFile apk = _files.Open("payload.apk");
        using PosixFile idsig = _files.Open("idsig");

        Assert.Equal(ExceptionCode.IllegalArgument, refusal.Exception);
        Assert.Contains("not signed with APK signature scheme v3", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ExceptionCode.IllegalArgument, Assert.Throws<BinderException>(() => client.Service.CreateOrUpdateIdsigFile(apk, idsig)).Exception);
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [Fact]
    public void The_last_reference_ends_the_VM()
    {
        ServedClient client = Connect(FakeVmm.Forever);
        VirtualMachineProxy vm = _files.CreateRaw(client.Service);
        vm.Start();
        int process = ClientFiles.RunningVmm(client.Root, vm.GetCid());

        vm.Dispose();

        Eventually.True(() => !ClientFiles.IsAlive(process), "the VMM's end");
        Eventually.True(() => Directory.GetDirectories(client.Root).Length == 0, "the directory's end");
        Assert.True(client.Session.IsAlive, "the session ended with the VM");
    }

    [Fact]
    public void A_killed_VMM_is_told_as_killed()
    {
        ServedClient client = Connect(FakeVmm.Forever);
        using VirtualMachineProxy vm = _files.CreateRaw(client.Service);
        RecordedCallback callback = new();
        vm.RegisterCallback(callback);
        vm.Start();
        using var process = System.Diagnostics.Process.GetProcessById(ClientFiles.RunningVmm(client.Root, vm.GetCid()));

        process.Kill();

        Assert.Equal($"died {vm.GetCid()} Killed", callback.Next());
    }

    [Fact]
    public void What_is_not_there_is_answered_as_AVF_answers_it()
    {
        ServedClient client = Connect("exit 0");
        _files.WriteSystem();
        VirtualizationServiceProxy service = client.Service;

        Assert.Equal(["microdroid"], service.GetSupportedOSList());
        Assert.Empty(service.GetAssignableDevices());
        Assert.False(service.IsFeatureEnabled(IVirtualizationService.FeatureRemoteAttestation));
        Assert.False(service.IsFeatureEnabled("no.such.feature"));
        Assert.False(service.IsRemoteAttestationSupported());
        Assert.False(service.IsUpdatableVmSupported());
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(service.EnableTestAttestation).Exception);
    }

    [Fact]
    public void An_instance_is_claimed_and_removed_with_a_line_in_the_log_which_does_not_show_its_whole_id()
    {
        ServedClient client = Connect("exit 0");
        byte[] id = [.. Enumerable.Range(1, IVirtualizationService.InstanceIdLength).Select(static i => (byte)i)];

        client.Service.ClaimVmInstance(id);
        client.Service.RemoveVmInstance(id);

        Assert.Contains("the instance 0102030405060708… is claimed: this host has no Secretkeeper", client.Log, StringComparison.Ordinal);
        Assert.Contains("the instance 0102030405060708… is removed: ", client.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Instance_ids_begin_as_AVFs_do_and_are_random_behind_that()
    {
        ServedClient client = Connect("exit 0");

        byte[] first = client.Service.AllocateInstanceId();
        byte[] second = client.Service.AllocateInstanceId();

        Assert.Equal((IVirtualizationService.InstanceIdLength, IVirtualizationService.InstanceIdLength), (first.Length, second.Length));
        Assert.All([first, second], static id => Assert.Equal([0x77, 0x77, 0x77, 0x77], id[..4]));
        Assert.NotEqual(first[4..36], second[4..36]);
        Assert.NotEqual(first[36..], second[36..]);
    }

    [Fact]
    public void A_vendor_image_is_refused_by_name()
    {
        ServedClient client = Connect("exit 0");
        _files.WriteSystem();
        _files.WriteApk();
        _files.WriteInstance();
        using PosixFile vendor = _files.Create("vendor.img");
        VirtualMachineAppConfig app = _files.AppConfig();
        app.CustomConfig = new CustomConfig { VendorImage = vendor };

        BinderException refusal = Assert.Throws<BinderException>(() => client.Service.CreateVm(new VirtualMachineConfig { AppConfig = app }, null, null, null));

        Assert.Equal(ExceptionCode.UnsupportedOperation, refusal.Exception);
        Assert.Contains("vendor images", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    private ServedClient Connect(string script) => _client = new ServedClient(_home, script);
}
