using BootLoader.Apk;
using BootLoader.Sources;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Permissions;

namespace VirtualizationService.Tests.Processes;

/// <summary>The whole <c>virtmgr</c> as its client sees it; only the VMM is a script.</summary>
public sealed class VirtmgrProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _home = new();
    private VirtmgrClient? _client;

    public void Dispose()
    {
        _client?.Dispose();
        _home.Dispose();
    }

    [SkippableFact]
    public void A_client_sees_its_VM_from_the_making_to_the_death()
    {
        VirtmgrClient client = Connect("touch running; while [ ! -e go ]; do sleep 0.02; done; echo 'MICRODROID_PAYLOAD_HAS_CHANGED|x' > $failure; exit 32");
        using VirtualMachineProxy vm = CreateRaw(client);
        RecordedCallback callback = new();
        vm.RegisterCallback(callback);
        int cid = vm.GetCid();
        Assert.InRange(cid, 2048, 65535);
        Assert.Equal(VirtualMachineState.NotStarted, vm.GetState());

        vm.Start();
        Assert.Equal(VirtualMachineState.Starting, vm.GetState());
        Eventually.True(() => File.Exists(Path.Combine(client.Root, $"{cid}", "running")), "the VMM's start");
        vm.SetHostConsoleName("/dev/pts/9");
        VirtualMachineDebugInfo info = Assert.Single(client.Service!.DebugListVms(), found => found.TemporaryDirectory.StartsWith(client.Root, StringComparison.Ordinal));
        Assert.Equal((cid, Environment.ProcessId, "/dev/pts/9"), (info.Cid, info.RequesterPid, info.HostConsoleName));
        File.WriteAllText(Path.Combine(client.Root, $"{cid}", "go"), "");

        Assert.Equal($"died {cid} MicrodroidPayloadHasChanged", callback.Next());
        Assert.Equal(VirtualMachineState.Dead, vm.GetState());
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [SkippableFact]
    public void An_apps_VM_gets_the_systems_disks_its_own_and_the_payloads()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        WriteSystem();
        WriteApk();
        using (PosixFile image = Create("instance.img"))
        {
            client.Service!.InitializeWritablePartition(image, 10 << 20, PartitionType.AndroidVmInstance);
        }

        using (PosixFile idsig = Create("idsig"))
        using (PosixFile apk = Open("payload.apk"))
        {
            client.Service.CreateOrUpdateIdsigFile(apk, idsig);
        }

        using VirtualMachineProxy vm = (VirtualMachineProxy)client.Service.CreateVm(new VirtualMachineConfig { AppConfig = AppConfig() }, null, null, null);
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

    [SkippableFact]
    public void An_APK_that_is_not_signed_is_refused_for_a_VM_and_for_an_idsig()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        WriteSystem();
        _home.Write("payload.apk", "PK");
        _home.Write("instance.img", new string('\0', 4096));
        _home.Write("idsig", "x");

        BinderException refusal = Assert.Throws<BinderException>(
            () => client.Service!.CreateVm(new VirtualMachineConfig { AppConfig = AppConfig() }, null, null, null));
        using PosixFile apk = Open("payload.apk");
        using PosixFile idsig = Open("idsig");

        Assert.Equal(ExceptionCode.IllegalArgument, refusal.Exception);
        Assert.Contains("not signed with APK signature scheme v3", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ExceptionCode.IllegalArgument, Assert.Throws<BinderException>(() => client.Service!.CreateOrUpdateIdsigFile(apk, idsig)).Exception);
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [SkippableFact]
    public void The_last_reference_ends_the_VM()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        VirtualMachineProxy vm = CreateRaw(client);
        vm.Start();
        int process = RunningVmm(client, vm.GetCid());

        vm.Dispose();

        Eventually.True(() => !IsAlive(process), "the VMM's end");
        Eventually.True(() => Directory.GetDirectories(client.Root).Length == 0, "the directory's end");
        Assert.False(client.Process.TryWait(TimeSpan.FromMilliseconds(50), out _), "virtmgr ended with the VM");
    }

    [SkippableFact]
    public void With_the_clients_session_everything_ends()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        VirtualMachineProxy started = CreateRaw(client);
        started.Start();
        int process = RunningVmm(client, started.GetCid());
        _ = CreateRaw(client);

        client.Session!.Dispose();

        Assert.True(client.Process.TryWait(s_patience, out ChildExit exit), "virtmgr lives on");
        Assert.Equal(new ChildExit(0, null), exit);
        Assert.False(IsAlive(process), "the VMM lives on");
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [SkippableFact]
    public void A_client_that_dies_before_its_first_call_leaves_no_virtmgr()
    {
        SkipWithoutKvm();
        _client = new VirtmgrClient(_home, "exit 0", connect: false);

        Assert.True(_client.Process.TryWait(s_patience, out _), "virtmgr lives on");
    }

    [SkippableFact]
    public void A_killed_virtmgr_takes_its_VMMs_along_and_the_next_one_sweeps()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        VirtualMachineProxy vm = CreateRaw(client);
        vm.Start();
        int process = RunningVmm(client, vm.GetCid());

        client.Process.Kill();

        Assert.Equal(new ChildExit(null, 9), client.Process.Wait());
        Eventually.True(() => !IsAlive(process), "the VMM's end");
        Assert.Single(Directory.GetDirectories(client.Root));
        using FileDescriptor errors = PosixFile.Open(_home["log"], OpenFlags.O_WRONLY | OpenFlags.O_APPEND);
        using ChildProcess sweep = VirtmgrClient.Start(_home, errors, false, ["sweep"]);
        Assert.Equal(new ChildExit(0, null), sweep.Wait());
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [SkippableFact]
    public void A_killed_VMM_is_told_as_killed()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        using VirtualMachineProxy vm = CreateRaw(client);
        RecordedCallback callback = new();
        vm.RegisterCallback(callback);
        vm.Start();
        using var process = System.Diagnostics.Process.GetProcessById(RunningVmm(client, vm.GetCid()));

        process.Kill();

        Assert.Equal($"died {vm.GetCid()} Killed", callback.Next());
    }

    [SkippableFact]
    public void What_is_not_there_is_answered_as_AVF_answers_it()
    {
        VirtmgrClient client = Connect("exit 0");
        WriteSystem();
        VirtualizationServiceProxy service = client.Service!;

        Assert.Equal(["microdroid"], service.GetSupportedOSList());
        Assert.Empty(service.GetAssignableDevices());
        Assert.False(service.IsFeatureEnabled(IVirtualizationService.FeatureRemoteAttestation));
        Assert.False(service.IsFeatureEnabled("no.such.feature"));
        Assert.False(service.IsRemoteAttestationSupported());
        Assert.False(service.IsUpdatableVmSupported());
        Assert.Equal(64, service.AllocateInstanceId().Length);
        Assert.NotEqual(service.AllocateInstanceId(), service.AllocateInstanceId());
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(service.EnableTestAttestation).Exception);
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(() => service.ClaimVmInstance(new byte[64])).Exception);
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(() => service.RemoveVmInstance(new byte[64])).Exception);
    }

    [SkippableFact]
    public void A_plain_user_who_may_not_open_the_device_is_told_what_to_type()
    {
        Skip.If(UnixAccounts.User != 0 || !File.Exists(VirtmgrClient.SetPriv), "only root can run a program as another user, with setpriv");
        Skip.If(FileOwner.Of("/dev/kvm") is not { } owner || owner.Mode.HasFlag(UnixFileMode.OtherWrite), "there is no /dev/kvm, or everybody may open it");
        string[] asNobody = [$"--reuid={VirtmgrClient.Nobody}", $"--regid={VirtmgrClient.Nobody}", "--clear-groups"];
        Skip.If(Tool.Run([], "setpriv", [.. asNobody, "test", "-r", VirtmgrClient.Program]).Status != 0, "a plain user cannot read the build's output");
        _client = new VirtmgrClient(_home, "exit 0", asNobody: true);

        BinderException refusal = Assert.Throws<BinderException>(() => CreateRaw(_client));

        Assert.Equal(ExceptionCode.Security, refusal.Exception);
        Assert.Contains("user nobody may not open /dev/kvm", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("usermod -aG ", refusal.Message, StringComparison.Ordinal);
        using PosixFile image = Create("image");
        Assert.Equal(
            ExceptionCode.Security, Assert.Throws<BinderException>(() => _client.Service!.InitializeWritablePartition(image, 4096, PartitionType.Raw)).Exception);
    }

    [Fact]
    public void A_wrong_command_line_is_one_line_and_status_35()
    {
        using FileDescriptor errors = PosixFile.Open(_home["log"], OpenFlags.O_WRONLY | OpenFlags.O_CREAT);
        using ChildProcess virtmgr = VirtmgrClient.Start(_home, errors, false, ["--rpc-server-fd", "3"]);

        Assert.Equal(new ChildExit(35, null), virtmgr.Wait());
        Assert.Single(File.ReadAllLines(_home["log"]));
    }

    private static void SkipWithoutKvm()
    {
        try
        {
            PosixFile.Open("/dev/kvm", OpenFlags.O_RDWR).Dispose();
        }
        catch (Kvm.Interop.LinuxException failure)
        {
            Skip.If(true, $"the permission to manage VMs is the one to open /dev/kvm: {failure.Message}");
        }
    }

    private static bool IsAlive(int process) =>
        Directory.Exists($"/proc/{process}") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static int RunningVmm(VirtmgrClient client, int cid)
    {
        string directory = Path.Combine(client.Root, $"{cid}");
        Eventually.True(() => File.Exists(Path.Combine(directory, "running")), "the VMM's start");
        return VirtualizationService.Directories.VmRecord.Read(directory)!.VmmPid!.Value;
    }

    private VirtmgrClient Connect(string script)
    {
        SkipWithoutKvm();
        return _client = new VirtmgrClient(_home, script);
    }

    private VirtualMachineProxy CreateRaw(VirtmgrClient client)
    {
        _home.Write("kernel", "kernel");
        File.WriteAllBytes(_home["disk"], new byte[8192]);
        using PosixFile kernel = Open("kernel");
        using PosixFile disk = Open("disk");
        return (VirtualMachineProxy)client.Service!.CreateVm(
            new VirtualMachineConfig
            {
                RawConfig = new VirtualMachineRawConfig
                {
                    Name = "test",
                    Kernel = kernel,
                    PlatformVersion = "~1.0",
                    Disks = [new DiskImage { Partitions = [new Partition { Label = "data", Image = disk, Writable = true }] }],
                },
            },
            null,
            null,
            null);
    }

    private void WriteSystem()
    {
        _home.Write("etc/microdroid.json", """{ "kernel": "fs/k", "disks": [{ "partitions": [{ "label": "super", "path": "fs/s" }] }], "memory_mib": 256, "platform_version": "~1.0" }""");
        foreach (string file in (string[])["k", "s", "microdroid_initrd_normal.img", "microdroid_initrd_debuggable.img"])
        {
            _home.Write($"etc/fs/{file}", file);
        }
    }

    private void WriteApk()
    {
        using ApkSigningKey key = ApkSigningKey.Create();
        using FileStream stream = File.Create(_home["payload.apk"]);
        new ApkBuilder("com.example.payload").Add("lib/arm64-v8a/libpayload.so", new MemorySource(new byte[100])).Build(stream, key);
    }

    private VirtualMachineAppConfig AppConfig() => new()
    {
        Name = "app",
        Apk = Open("payload.apk"),
        Idsig = Open("idsig"),
        InstanceImage = Open("instance.img"),
        Payload = new AppPayload { PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = "libpayload.so" } },
        DebugLevel = DebugLevel.Full,
    };

    private PosixFile Open(string name) => PosixFile.Open(_home[name], OpenFlags.O_RDWR);

    private PosixFile Create(string name) => PosixFile.Open(_home[name], OpenFlags.O_RDWR | OpenFlags.O_CREAT);
}
