using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using FakeService;
using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization.Tests.Api;

/// <summary>The VM API over a genuine Binder session, with a service that the test plays.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The test runner calls DisposeAsync.")]
public sealed class VirtualMachineTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("vm-api-").FullName;
    private readonly FakeVirtualizationService _service = new();
    private readonly FakeConnection _connection;
    private readonly VirtualMachineManager _manager;
    private readonly CancellationTokenSource _timeout = new(s_patience);

    public VirtualMachineTests()
    {
        _connection = new FakeConnection(_service);
        _manager = new VirtualMachineManager(new VirtualMachineManagerOptions { DataDirectory = _directory, Connect = () => _connection });
        File.WriteAllText(Apk, "apk");
    }

    private string Apk => Path.Combine(_directory, "payload.apk");

    private CancellationToken Token => _timeout.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _manager.DisposeAsync();
        _timeout.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_vm_that_is_created_has_its_files_and_keeps_them_for_the_next_manager()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().SetEncryptedStorageBytes(4096).Build(), Token);

        Assert.Equal(Path.Combine(_directory, "vm", "a"), vm.RootDirectory);
        Assert.Equal(["config.json", "instance.img", "instance_id", "storage.img"], Files(vm));
        Assert.Equal(["partition AndroidVmInstance 10485760", "partition Encryptedstore 4096"], _service.Calls);
        Assert.Equal(64, new FileInfo(Path.Combine(vm.RootDirectory, "instance_id")).Length);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(vm.RootDirectory));
        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = _directory, Connect = () => new FakeConnection(_service) });
        Assert.Equal(4096, other.Get("a")!.Config.EncryptedStorageBytes);
        Assert.Same(vm, _manager.Get("a"));
    }

    [Fact]
    public async Task A_second_vm_of_a_name_is_refused_and_leaves_nothing()
    {
        await _manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => _manager.CreateAsync("a", Config().Build(), Token));

        Assert.StartsWith("there is a VM 'a' already", refusal.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_directory, "vm")));
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
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _manager.CreateAsync(name, Config().Build(), Token));
        Assert.ThrowsAny<ArgumentException>(() => _manager.Get(name));
    }

    [Fact]
    public async Task A_run_gives_the_service_what_the_configuration_says()
    {
        VirtualMachine vm = await _manager.CreateAsync(
            "a",
            Config().SetMemoryBytes((300L << 20) + 1).SetCpuTopology(CpuTopology.MatchHost).SetDebugLevel(DebugLevel.Full).SetProtectedVm(true).Build(),
            Token);

        await vm.RunAsync(Token);

        VirtualMachineAppConfig app = _service.Created.Take(Token).Config.AppConfig!;
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
        string[] extras = [Path.Combine(_directory, "x.apk"), Path.Combine(_directory, "y.apk")];
        File.WriteAllText(extras[0], "x");
        File.WriteAllText(extras[1], "y");
        WriteApk($$"""{"task": {}, "extra_apks": [{"path": "{{extras[0]}}"}, {"path": "{{extras[1]}}"}]}""");
        VirtualMachine vm = await _manager.CreateAsync("a", ByConfiguration(), Token);
        _service.Calls.Clear();

        await vm.RunAsync(Token);

        VirtualMachineAppConfig app = _service.Created.Take(Token).Config.AppConfig!;
        Assert.Equal("assets/vm_config.json", app.Payload.ConfigPath);
        Assert.Null(app.Payload.PayloadConfig);
        Assert.Equal(["idsig of P", "idsig of x", "idsig of y"], _service.Calls);
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
        VirtualMachine vm = await _manager.CreateAsync("a", ByConfiguration(), Token);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));

        Assert.StartsWith(expected.Replace("APK", Apk, StringComparison.Ordinal), failure.Message, StringComparison.Ordinal);
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        Assert.Empty(_service.Created);
    }

    [Fact]
    public async Task An_apk_that_is_none_or_damaged_is_one_line_when_its_configuration_is_read()
    {
        WriteApk("{}");
        byte[] apk = File.ReadAllBytes(Apk);
        VirtualMachine vm = await _manager.CreateAsync("a", ByConfiguration(), Token);
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
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        Recorder recorder = new();
        vm.SetCallback(recorder);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = _service.Created.Take(Token);
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
    public async Task Waiting_for_a_state_fails_with_what_the_guest_said_when_the_vm_dies_before()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = _service.Created.Take(Token);
        Task ready = vm.WaitForStateAsync(VirtualMachineState.Ready, Token);

        guest.Fail(Aidl.ErrorCode.PayloadVerificationFailed, "bad signature");
        guest.Die(DeathReason.MicrodroidPayloadVerificationFailed);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => ready);
        Assert.Equal("the VM stopped before it was Ready: MicrodroidPayloadVerificationFailed (bad signature)", failure.Message);
    }

    [Fact]
    public async Task A_service_that_dies_is_the_stop_reason_of_its_vms()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        _connection.Kill();

        Assert.Equal(VirtualMachineStopReason.VirtualizationServiceDied, await vm.WaitForStopAsync(Token));
        await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
    }

    [Fact]
    public async Task A_vm_that_runs_refuses_what_only_a_stopped_one_does()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        VirtualMachineException again = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
        Assert.Equal("the VM 'a' runs", again.Message);
        Assert.Throws<VirtualMachineException>(() => vm.SetConfig(Config().Build()));
        Assert.Throws<VirtualMachineException>(vm.ToDescriptor);
        await Assert.ThrowsAsync<VirtualMachineException>(() => _manager.DeleteAsync("a", Token));
        Assert.Equal(VirtualMachineStatus.Running, vm.Status);
    }

    [Fact]
    public async Task A_vm_runs_again_after_it_was_stopped_and_in_no_second_process_meanwhile()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = _directory, Connect = () => new FakeConnection(_service) });

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
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        _service.Refusal = "no right to make VMs";

        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));

        Assert.Equal("cannot create the VM: no right to make VMs", refusal.Message);
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
        _service.Refusal = null;
        await vm.RunAsync(Token);
    }

    [Fact]
    public async Task Disposing_a_vm_drops_the_reference_that_keeps_it_alive()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = _service.Created.Take(Token);

        await vm.DisposeAsync();

        Assert.True(guest.Dropped.Wait(s_patience, Token));
        Assert.Equal(VirtualMachineStatus.Stopped, vm.Status);
    }

    [Fact]
    public async Task A_configuration_that_is_not_compatible_is_refused_and_a_compatible_one_is_kept()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachineException refusal = Assert.Throws<VirtualMachineException>(() => vm.SetConfig(Config().SetProtectedVm(true).Build()));
        Assert.Equal("the new configuration of the VM 'a' is not compatible: only memory, CPU topology and the APK's path may change", refusal.Message);
        vm.SetConfig(Config().SetMemoryBytes(1 << 30).Build());

        await using VirtualMachineManager other = new(new VirtualMachineManagerOptions { DataDirectory = _directory, Connect = () => new FakeConnection(_service) });
        Assert.Equal(1 << 30, other.Get("a")!.Config.MemoryBytes);
    }

    [Fact]
    public async Task A_deleted_vm_is_gone_and_its_instance_forgotten()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);

        await _manager.DeleteAsync("a", Token);

        Assert.Equal(VirtualMachineStatus.Deleted, vm.Status);
        Assert.False(Directory.Exists(vm.RootDirectory));
        Assert.Contains("remove 1", _service.Calls);
        Assert.Null(_manager.Get("a"));
        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.RunAsync(Token));
        Assert.Equal("the VM 'a' has been deleted", refusal.Message);
    }

    [Fact]
    public async Task A_descriptor_moves_a_vm_and_its_files_to_another_name()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().SetEncryptedStorageBytes(8192).Build(), Token);
        byte[] image = File.ReadAllBytes(Path.Combine(vm.RootDirectory, "instance.img"));
        byte[] id = File.ReadAllBytes(Path.Combine(vm.RootDirectory, "instance_id"));

        VirtualMachineDescriptor descriptor = vm.ToDescriptor();

        Assert.Equal(VirtualMachineStatus.Deleted, vm.Status);
        Assert.False(Directory.Exists(vm.RootDirectory));
        VirtualMachine moved = await _manager.ImportFromDescriptorAsync("b", descriptor, Token);
        Assert.Equal(image, File.ReadAllBytes(Path.Combine(moved.RootDirectory, "instance.img")));
        Assert.Equal(id, File.ReadAllBytes(Path.Combine(moved.RootDirectory, "instance_id")));
        Assert.True(File.Exists(Path.Combine(moved.RootDirectory, "storage.img")));
        Assert.Contains("claim 1", _service.Calls);
        await Assert.ThrowsAsync<VirtualMachineException>(() => _manager.ImportFromDescriptorAsync("c", descriptor, Token));
        Assert.Null(_manager.Get("c"));
        await moved.RunAsync(Token);
    }

    [Fact]
    public async Task Where_a_host_keeps_nothing_of_instances_vms_are_moved_and_deleted_all_the_same()
    {
        _service.IsUpdatable = false;
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);

        VirtualMachine moved = await _manager.ImportFromDescriptorAsync("b", vm.ToDescriptor(), Token);
        await _manager.DeleteAsync("b", Token);

        Assert.Equal(VirtualMachineStatus.Deleted, moved.Status);
        Assert.False(Directory.Exists(moved.RootDirectory));
    }

    [Fact]
    public async Task A_stream_to_a_port_of_the_guest_carries_bytes_both_ways_and_ends()
    {
        VirtualMachine vm = await RunWith(5000, guest =>
        {
            byte[] buffer = new byte[4];
            int count = guest.Read(buffer);
            guest.WriteAll(buffer.AsSpan(0, count));
            guest.Dispose();
        });

        await using VsockStream stream = await vm.ConnectVsockAsync(5000, Token);
        await stream.WriteAsync("ping"u8.ToArray(), Token);
        byte[] answer = new byte[5];

        Assert.Equal(4, await stream.ReadAtLeastAsync(answer, 5, throwOnEndOfStream: false, Token));
        Assert.Equal("ping", Encoding.UTF8.GetString(answer, 0, 4));
    }

    [Fact]
    public async Task Reading_from_the_guest_can_be_cancelled()
    {
        using ManualResetEventSlim done = new();
        VirtualMachine vm = await RunWith(5000, guest =>
        {
            done.Wait(s_patience);
            guest.Dispose();
        });
        await using VsockStream stream = await vm.ConnectVsockAsync(5000, Token);
        using CancellationTokenSource cancel = new(50);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[1], cancel.Token));
        done.Set();
    }

    [Theory]
    [InlineData(1023, "port 1023 is out of range: 1024 to 4294967295 are the ports of payloads")]
    [InlineData(4294967295, "cannot connect to port 4294967295 of the VM: nobody listens on port 4294967295")]
    public async Task A_port_that_nobody_has_is_one_line(uint port, string expected)
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);

        VirtualMachineException failure = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.ConnectVsockAsync(port, Token));

        Assert.Equal(expected, failure.Message);
    }

    [Fact]
    public async Task A_binder_server_of_the_guest_is_reached_by_its_port()
    {
        using RpcServer server = new(new RpcServerOptions { Root = _ => new Echo() });
        VirtualMachine vm = await RunWith(5001, server.ServeConnection);

        IBinder remote = await vm.ConnectToVsockServerAsync(5001, Token);

        using Parcel data = new();
        using Parcel reply = new();
        data.WriteInterfaceToken(Echo.Name);
        data.WriteInt32(41);
        remote.Transact(1, data, reply);
        reply.ReadStatus();
        Assert.Equal(42, reply.ReadInt32());
    }

    [Fact]
    public async Task Output_is_captured_only_where_the_configuration_says_so()
    {
        VirtualMachine silent = await _manager.CreateAsync("a", Config().Build(), Token);
        Assert.Equal("the VM 'a' captures no output", Assert.Throws<VirtualMachineException>(silent.GetConsoleOutput).Message);
        VirtualMachine vm = await _manager.CreateAsync(
            "b", Config().SetDebugLevel(DebugLevel.Full).SetVmOutputCaptured(true).SetVmConsoleInputSupported(true).Build(), Token);
        using StreamReader console = new(vm.GetConsoleOutput());
        using StreamReader log = new(vm.GetLogOutput());
        using Stream input = vm.GetConsoleInput();

        await vm.RunAsync(Token);
        FakeVirtualMachine guest = _service.Created.Take(Token);
        guest.ConsoleOut!.WriteAll("booting\n"u8);
        guest.Log!.WriteAll("log\n"u8);
        input.Write("k"u8);

        Assert.Equal("k", Text(guest.ConsoleIn!, 1));
        guest.Die(DeathReason.Shutdown);
        Assert.Equal("booting\n", await console.ReadToEndAsync(Token));
        Assert.Equal("log\n", await log.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_connected_console_has_a_terminal_that_carries_both_ways()
    {
        VirtualMachine vm = await _manager.CreateAsync("a", Config().SetDebugLevel(DebugLevel.Full).SetConnectVmConsole(true).Build(), Token);
        await vm.RunAsync(Token);
        FakeVirtualMachine guest = _service.Created.Take(Token);
        using PosixFile terminal = PosixFile.Open(guest.HostConsoleName!, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);

        guest.ConsoleOut!.WriteAll("login:"u8);
        Assert.Equal("login:", Text(terminal, 6));
        terminal.WriteAll("root"u8);
        Assert.Equal("root", Text(guest.ConsoleIn!, 4));
    }

    [Fact]
    public async Task Questions_to_the_service_are_answered()
    {
        Assert.Equal(["microdroid"], await _manager.GetSupportedOSListAsync(Token));
        Assert.True(await _manager.IsFeatureEnabledAsync(IVirtualizationService.FeatureMultiTenant, Token));
        Assert.False(await _manager.IsFeatureEnabledAsync("x", Token));
        Assert.False(await _manager.IsRemoteAttestationSupportedAsync(Token));
        Assert.True(await _manager.IsUpdatableVmSupportedAsync(Token));
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        VirtualMachineException refusal = await Assert.ThrowsAsync<VirtualMachineException>(() => vm.EnableTestAttestationAsync(Token));
        Assert.Equal("cannot enable test attestation: no attestation here", refusal.Message);
    }

    private VirtualMachineConfig.Builder Config() => new VirtualMachineConfig.Builder().SetApkPath(Apk).SetPayloadBinaryName("lib.so").SetProtectedVm(false);

    private VirtualMachineConfig ByConfiguration() =>
        new VirtualMachineConfig.Builder().SetApkPath(Apk).SetPayloadConfigPath("assets/vm_config.json").SetProtectedVm(false).Build();

    private void WriteApk(string? configuration)
    {
        File.Delete(Apk);
        using ZipArchive archive = ZipFile.Open(Apk, ZipArchiveMode.Create);
        using StreamWriter entry = new(archive.CreateEntry(configuration is null ? "other" : "assets/vm_config.json").Open());
        entry.Write(configuration);
    }

    private async Task<VirtualMachine> RunWith(int port, Action<FileDescriptor> listener)
    {
        _service.OnStart = guest => guest.Ports[port] = end => Task.Run(() => listener(end));
        VirtualMachine vm = await _manager.CreateAsync("a", Config().Build(), Token);
        await vm.RunAsync(Token);
        return vm;
    }

    private static string Text(FileDescriptor descriptor, int length)
    {
        byte[] buffer = new byte[length];
        int got = 0;
        while (got < length && descriptor.WaitReadable((int)s_patience.TotalMilliseconds) && descriptor.Read(buffer.AsSpan(got)) is > 0 and int count)
        {
            got += count;
        }

        return Encoding.UTF8.GetString(buffer, 0, got);
    }

    private static string[] Files(VirtualMachine vm) =>
        [.. Directory.GetFiles(vm.RootDirectory).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private sealed class Echo() : BinderObject(Name)
    {
        internal const string Name = "test.IEcho";

        protected override void OnTransact(uint code, Parcel data, Parcel reply, in CallContext context)
        {
            data.EnforceInterface(Name);
            int number = data.ReadInt32();
            reply.WriteStatusOk();
            reply.WriteInt32(number + 1);
        }
    }

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
