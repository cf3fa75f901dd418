using System.IO.Compression;
using FakeService;
using Virtualization.Aidl;

namespace Virtualization.Tests.Api;

/// <summary>The life of a VM by the VM API.</summary>
public sealed class VirtualMachineTests : FakeServiceTests
{
    [Fact]
    public async Task A_vm_that_is_created_has_its_files_and_keeps_them_for_the_next_manager()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().SetEncryptedStorageBytes(4096).Build(), Token);

        Assert.Equal(Path.Combine(Root, "vm", "a"), vm.RootDirectory);
        Assert.Equal(["config.json", "instance.img", "instance_id", "storage.img"], Files(vm));
        Assert.Equal(["partition AndroidVmInstance 10485760", "partition Encryptedstore 4096"], Service.Calls);
        Assert.Equal(64, new FileInfo(Path.Combine(vm.RootDirectory, "instance_id")).Length);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(vm.RootDirectory));
        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = Root, Connect = () => new FakeConnection(Service) });
        Assert.Equal(4096, other.Get("a")!.Config.EncryptedStorageBytes);
        Assert.Same(vm, Manager.Get("a"));
    }

    [Fact]
    public async Task A_second_vm_of_a_name_is_refused_and_leaves_nothing()
    {
        await Manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => Manager.CreateAsync("a", Config().Build(), Token));

        Assert.StartsWith("there is a VM 'a' already", refusal.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(Root, "vm")));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a\0b")]
    public async Task A_name_that_leads_out_of_the_directory_is_refused(string name)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Manager.CreateAsync(name, Config().Build(), Token));
        Assert.ThrowsAny<ArgumentException>(() => Manager.Get(name));
    }

    [Fact]
    public async Task A_run_gives_the_service_what_the_configuration_says()
    {
        VirtualMachine vm = await Manager.CreateAsync(
            "a",
            Config().SetMemoryBytes((300L << 20) + 1).SetCpuTopology(CpuTopology.MatchHost).SetDebugLevel(DebugLevel.Full).SetProtectedVm(true).Build(),
            Token);

        await vm.RunAsync(Token);

        VirtualMachineAppConfig app = Service.Created.Take(Token).Config.AppConfig!;
        Assert.Equal("a", app.Name);
        Assert.Equal(301, app.MemoryMib);
        Assert.Equal(Aidl.CpuTopology.MatchHost, app.CpuTopology);
        Assert.Equal(Aidl.DebugLevel.Full, app.DebugLevel);
        Assert.True(app.ProtectedVm);
        Assert.Equal("lib.so", app.Payload.PayloadConfig!.PayloadBinaryName);
        Assert.Equal("microdroid", app.OsName);
        Assert.Equal(1, app.InstanceId[63]);
        Assert.Null(app.EncryptedStorageImage);
        Assert.Null(app.CustomConfig);
        // The service has read the first byte.
        Assert.Equal("pk", Text(app.Apk!, 2));
        Assert.Equal(VirtualMachineStatus.Running, vm.Status);
        Assert.Equal(FakeVirtualMachine.Cid, vm.Cid);
        Assert.True(File.Exists(Path.Combine(vm.RootDirectory, "idsig")));
    }

    [Fact]
    public async Task Extra_apks_that_a_payload_configuration_names_get_their_idsigs()
    {
        string[] extras = [Path.Combine(Root, "x.apk"), Path.Combine(Root, "y.apk")];
        File.WriteAllText(extras[0], "x");
        File.WriteAllText(extras[1], "y");
        WriteApk($$"""{"task": {}, "extra_apks": [{"path": "{{extras[0]}}"}, {"path": "{{extras[1]}}"}]}""");
        VirtualMachine vm = await Manager.CreateAsync("a", ByConfiguration(), Token);
        Service.Calls.Clear();

        await vm.RunAsync(Token);

        VirtualMachineAppConfig app = Service.Created.Take(Token).Config.AppConfig!;
        Assert.Equal("assets/vm_config.json", app.Payload.ConfigPath);
        Assert.Null(app.Payload.PayloadConfig);
        Assert.Equal(["idsig of P", "idsig of x", "idsig of y"], Service.Calls);
        Assert.Equal(2, app.ExtraIdsigs.Count);
        Assert.Equal(["config.json", "extra_idsig_0", "extra_idsig_1", "idsig", "instance.img", "instance_id"], Files(vm));
    }

    [Theory]
    [InlineData("""{"extra_apks": [{"path": "/nonexistent/x.apk"}]}""", "cannot run the VM 'a': open on /nonexistent/x.apk: ENOENT")]
    [InlineData("""{"extra_apks": [{"path": ""}]}""", "assets/vm_config.json in APK cannot be read: a member of extra_apks has no path")]
    [InlineData("""{"extra_apks": [{}]}""", "assets/vm_config.json in APK cannot be read: a member of extra_apks has no path")]
    [InlineData("""{"extra_apks": [1]}""", "assets/vm_config.json in APK cannot be read: ")]
    [InlineData("""{"extra_apks": {}}""", "assets/vm_config.json in APK cannot be read: ")]
    [InlineData("[]", "assets/vm_config.json in APK cannot be read: ")]
    [InlineData("{", "assets/vm_config.json in APK cannot be read: ")]
    [InlineData(null, "APK has no assets/vm_config.json")]
    public async Task A_payload_configuration_whose_extra_apks_cannot_be_found_stops_the_run(string? json, string expected)
    {
        WriteApk(json);
        VirtualMachine vm = await Manager.CreateAsync("a", ByConfiguration(), Token);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));

        Assert.StartsWith(expected.Replace("APK", Apk, StringComparison.Ordinal), failure.Message, StringComparison.Ordinal);
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        Assert.Empty(Service.Created);
    }

    [Fact]
    public async Task An_apk_that_is_none_or_damaged_is_one_line_when_its_configuration_is_read()
    {
        WriteApk("{}");
        byte[] apk = File.ReadAllBytes(Apk);
        VirtualMachine vm = await Manager.CreateAsync("a", ByConfiguration(), Token);
        for (int length = 1; length < apk.Length; length += 7)
        {
            File.WriteAllBytes(Apk, apk.AsSpan(0, length));

            VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
            Assert.Contains(Apk, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Callbacks_come_in_order_and_waiting_ends_when_its_state_is_reached()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        Recorder recorder = new();
        vm.SetCallback(recorder);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = Service.Created.Take(Token);
        Task ready = vm.WaitForStateAsync(VirtualMachineState.Ready, Token);

        guest.PayloadStarted();
        await vm.WaitForStateAsync(VirtualMachineState.Started, Token);
        Assert.False(ready.IsCompleted);
        guest.PayloadReady();
        await ready;
        guest.PayloadFinished(7);
        guest.Fail(Aidl.ErrorCode.PayloadChanged, "another APK");
        guest.Die(DeathReason.MicrodroidPayloadHasChanged);

        Assert.Equal(VirtualMachineStopReason.MicrodroidPayloadHasChanged, await vm.WaitForStopAsync(Token));
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        await recorder.Stopped.Task.WaitAsync(Token);
        Assert.Equal(
            ["started", "ready", "finished 7", "error PayloadChanged another APK", "stopped MicrodroidPayloadHasChanged"], recorder.Events);
    }

    [Fact]
    public async Task Who_has_waited_for_the_stop_may_clear_the_callback_which_was_told_already()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        for (int run = 0; run < 20; run++)
        {
            Recorder recorder = new();
            vm.SetCallback(recorder);
            await vm.RunAsync(Token);
            Service.Created.Take(Token).Die(DeathReason.Shutdown);
            await vm.WaitForStopAsync(Token);
            vm.ClearCallback();

            await recorder.Stopped.Task.WaitAsync(Token);
        }
    }

    [Fact]
    public async Task Waiting_for_a_state_fails_with_what_the_guest_said_when_the_vm_dies_before()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = Service.Created.Take(Token);
        Task ready = vm.WaitForStateAsync(VirtualMachineState.Ready, Token);

        guest.Fail(Aidl.ErrorCode.PayloadVerificationFailed, "bad signature");
        guest.Die(DeathReason.MicrodroidPayloadVerificationFailed);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => ready);
        Assert.Equal("the VM stopped before it was Ready: MicrodroidPayloadVerificationFailed (bad signature)", failure.Message);
    }

    [Fact]
    public async Task A_service_that_dies_is_the_stop_reason_of_its_vms()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        Connection.Kill();

        Assert.Equal(VirtualMachineStopReason.VirtualizationServiceDied, await vm.WaitForStopAsync(Token));
        await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
    }

    [Fact]
    public async Task A_vm_that_runs_refuses_what_only_a_stopped_one_does()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        VirtualMachineException again = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
        Assert.Equal("the VM 'a' runs", again.Message);
        Assert.Throws<VirtualMachineException>(() => vm.SetConfig(Config().Build()));
        Assert.Throws<VirtualMachineException>(vm.ToDescriptor);
        await Assert.ThrowsAsync<VirtualMachineException>(() => Manager.DeleteAsync("a", Token));
        Assert.Equal(VirtualMachineStatus.Running, vm.Status);
    }

    [Fact]
    public async Task A_vm_runs_again_after_it_was_stopped_and_in_no_second_process_meanwhile()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = Root, Connect = () => new FakeConnection(Service) });

        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => other.Get("a")!.RunAsync(Token));
        Assert.StartsWith("the VM 'a' runs in another process", refusal.Message, StringComparison.Ordinal);
        await vm.StopAsync(Token);
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        await vm.RunAsync(Token);
        Assert.Equal(VirtualMachineStatus.Running, vm.Status);
    }

    [Fact]
    public async Task A_refusal_of_the_service_is_one_line_and_leaves_the_vm_stopped()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        Service.Refusal = "no right to make VMs";

        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));

        Assert.Equal("cannot create the VM: no right to make VMs", refusal.Message);
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        Service.Refusal = null;
        await vm.RunAsync(Token);
    }

    [Fact]
    public async Task Disposing_a_vm_drops_the_reference_that_keeps_it_alive()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = Service.Created.Take(Token);

        await vm.DisposeAsync();

        Assert.True(guest.Dropped.Wait(Patience, Token));
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
    }

    [Fact]
    public async Task A_configuration_that_is_not_compatible_is_refused_and_a_compatible_one_is_kept()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachineException refusal = Assert.Throws<VirtualMachineException>(() => vm.SetConfig(Config().SetProtectedVm(true).Build()));
        Assert.Equal("the new configuration of the VM 'a' is not compatible: only memory, CPU topology and the APK's path may change", refusal.Message);
        vm.SetConfig(Config().SetMemoryBytes(1 << 30).Build());

        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = Root, Connect = () => new FakeConnection(Service) });
        Assert.Equal(1 << 30, other.Get("a")!.Config.MemoryBytes);
    }

    [Fact]
    public async Task A_deleted_vm_is_gone_and_its_instance_forgotten()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);

        await Manager.DeleteAsync("a", Token);

        Assert.Equal(VirtualMachineStatus.Deleted, vm.Status);
        Assert.False(Directory.Exists(vm.RootDirectory));
        Assert.Contains("remove 1", Service.Calls);
        Assert.Null(Manager.Get("a"));
        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
        Assert.Equal("the VM 'a' has been deleted", refusal.Message);
    }

    [Fact]
    public async Task A_descriptor_moves_a_vm_and_its_files_to_another_name()
    {
        VirtualMachine vm = await Manager.CreateAsync("a", Config().SetEncryptedStorageBytes(8192).Build(), Token);
        byte[] image = File.ReadAllBytes(Path.Combine(vm.RootDirectory, "instance.img"));
        byte[] id = File.ReadAllBytes(Path.Combine(vm.RootDirectory, "instance_id"));

        VirtualMachineDescriptor descriptor = vm.ToDescriptor();

        Assert.Equal(VirtualMachineStatus.Deleted, vm.Status);
        Assert.False(Directory.Exists(vm.RootDirectory));
        VirtualMachine moved = await Manager.ImportFromDescriptorAsync("b", descriptor, Token);
        Assert.Equal(image, File.ReadAllBytes(Path.Combine(moved.RootDirectory, "instance.img")));
        Assert.Equal(id, File.ReadAllBytes(Path.Combine(moved.RootDirectory, "instance_id")));
        Assert.True(File.Exists(Path.Combine(moved.RootDirectory, "storage.img")));
        Assert.Contains("claim 1", Service.Calls);
        await Assert.ThrowsAsync<VirtualMachineException>(() => Manager.ImportFromDescriptorAsync("c", descriptor, Token));
        Assert.Null(Manager.Get("c"));
        await moved.RunAsync(Token);
    }

    [Fact]
    public async Task Where_a_host_keeps_nothing_of_instances_vms_are_moved_and_deleted_all_the_same()
    {
        Service.IsUpdatable = false;
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachine moved = await Manager.ImportFromDescriptorAsync("b", vm.ToDescriptor(), Token);
        await Manager.DeleteAsync("b", Token);

        Assert.Equal(VirtualMachineStatus.Deleted, moved.Status);
        Assert.False(Directory.Exists(moved.RootDirectory));
    }

    [Fact]
    public async Task Questions_to_the_service_are_answered()
    {
        Assert.Equal(["microdroid"], await Manager.GetSupportedOSListAsync(Token));
        Assert.True(await Manager.IsFeatureEnabledAsync(IVirtualizationService.FeatureMultiTenant, Token));
        Assert.False(await Manager.IsFeatureEnabledAsync("x", Token));
        Assert.False(await Manager.IsRemoteAttestationSupportedAsync(Token));
        Assert.True(await Manager.IsUpdatableVmSupportedAsync(Token));
        VirtualMachine vm = await Manager.CreateAsync("a", Config().Build(), Token);
        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.EnableTestAttestationAsync(Token));
        Assert.Equal("cannot enable test attestation: no attestation here", refusal.Message);
    }

    private VirtualMachineConfig ByConfiguration() =>
        new VirtualMachineConfig.Builder().SetApkPath(Apk).SetPayloadConfigPath("assets/vm_config.json").SetProtectedVm(false).Build();

    private void WriteApk(string? configuration)
    {
        File.Delete(Apk);
        using ZipArchive archive = ZipFile.Open(Apk, ZipArchiveMode.Create);
        using StreamWriter entry = new(archive.CreateEntry(configuration is null ? "other" : "assets/vm_config.json").Open());
        entry.Write(configuration);
    }

    private static string[] Files(VirtualMachine vm) =>
        [.. Directory.GetFiles(vm.RootDirectory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private sealed class Recorder : VirtualMachineCallback
    {
        public List<string> Events { get; } = [];

        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void OnPayloadStarted(VirtualMachine vm) => Events.Add("started");

        public override void OnPayloadReady(VirtualMachine vm) => Events.Add("ready");

        public override void OnPayloadFinished(VirtualMachine vm, int exitCode) => Events.Add($"finished {exitCode}");

        public override void OnError(VirtualMachine vm, VirtualMachineErrorCode errorCode, string message) => Events.Add($"error {errorCode} {message}");

        public override void OnStopped(VirtualMachine vm, VirtualMachineStopReason reason)
        {
            Events.Add($"stopped {reason}");
            Stopped.SetResult();
        }
    }
}
