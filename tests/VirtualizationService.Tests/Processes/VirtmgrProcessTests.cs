using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Permissions;

namespace VirtualizationService.Tests.Processes;

/// <summary>The whole <c>virtmgr</c> as its client sees it; only the VMM is a script. Each test starts a process, so what one process can answer is tested by <see cref="Rpc.ServedClient"/>.</summary>
public sealed class VirtmgrProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _home = new();
    private readonly ClientFiles _files;
    private VirtmgrClient? _client;

    public VirtmgrProcessTests() => _files = new ClientFiles(_home);

    public void Dispose()
    {
        _client?.Dispose();
        _home.Dispose();
    }

    [SkippableFact]
    public void A_client_sees_its_VM_from_the_making_to_the_death()
    {
        VirtmgrClient client = Connect("touch running; while [ ! -e go ]; do sleep 0.02; done; echo 'MICRODROID_PAYLOAD_HAS_CHANGED|x' > $failure; exit 32");
        using VirtualMachineProxy vm = _files.CreateRaw(client.Service!);
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
    public void With_the_clients_session_everything_ends()
    {
        VirtmgrClient client = Connect(FakeVmm.Forever);
        VirtualMachineProxy started = _files.CreateRaw(client.Service!);
        started.Start();
        int process = ClientFiles.RunningVmm(client.Root, started.GetCid());
        _ = _files.CreateRaw(client.Service!);

        client.Session!.Dispose();

        Assert.True(client.Process.TryWait(s_patience, out ChildExit exit), "virtmgr lives on");
        Assert.Equal(new ChildExit(0, null), exit);
        Assert.False(ClientFiles.IsAlive(process), "the VMM lives on");
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
        VirtualMachineProxy vm = _files.CreateRaw(client.Service!);
        vm.Start();
        int process = ClientFiles.RunningVmm(client.Root, vm.GetCid());

        client.Process.Kill();

        Assert.Equal(new ChildExit(null, 9), client.Process.Wait());
        Eventually.True(() => !ClientFiles.IsAlive(process), "the VMM's end");
        Assert.Single(Directory.GetDirectories(client.Root));
        using FileDescriptor errors = PosixFile.Open(_home["log"], OpenFlags.O_WRONLY | OpenFlags.O_APPEND);
        using ChildProcess sweep = VirtmgrClient.Start(_home, errors, false, ["sweep"]);
        Assert.Equal(new ChildExit(0, null), sweep.Wait());
        Assert.Empty(Directory.GetDirectories(client.Root));
    }

    [SkippableFact]
    public void A_plain_user_who_may_not_open_the_device_is_told_what_to_type()
    {
        Skip.If(UnixAccounts.User != 0 || !File.Exists(VirtmgrClient.SetPriv), "only root can run a program as another user, with setpriv");
        Skip.If(FileOwner.Of("/dev/kvm") is not { } owner || owner.Mode.HasFlag(UnixFileMode.OtherWrite), "there is no /dev/kvm, or everybody may open it");
        string[] asNobody = [$"--reuid={VirtmgrClient.Nobody}", $"--regid={VirtmgrClient.Nobody}", "--clear-groups"];
        Skip.If(Tool.Run([], "setpriv", [.. asNobody, "test", "-r", VirtmgrClient.Program]).Status != 0, "a plain user cannot read the build's output");
        _client = new VirtmgrClient(_home, "exit 0", asNobody: true);

        BinderException refusal = Assert.Throws<BinderException>(() => _files.CreateRaw(_client.Service!));

        Assert.Equal(ExceptionCode.Security, refusal.Exception);
        Assert.Contains("user nobody may not open /dev/kvm", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("usermod -aG ", refusal.Message, StringComparison.Ordinal);
        using PosixFile image = _files.Create("image");
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

    private VirtmgrClient Connect(string script)
    {
        SkipWithoutKvm();
        return _client = new VirtmgrClient(_home, script);
    }
}
