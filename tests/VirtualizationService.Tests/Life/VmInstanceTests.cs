using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Directories;
using VirtualizationService.Life;
using VirtualizationService.Rpc;
using VirtualizationService.Vsock;

namespace VirtualizationService.Tests.Life;

public sealed class VmInstanceTests : IDisposable
{
    private static readonly TimeSpan s_forEver = Timeout.InfiniteTimeSpan;

    private readonly TemporaryDirectory _root = new();
    private readonly TemporaryDirectory _home = new();
    private readonly RecordedCallback _callback = new();
    private readonly StringWriter _log = new();

    public void Dispose()
    {
        _root.Dispose();
        _home.Dispose();
    }

    [Theory]
    [InlineData("exit 0", DeathReason.Shutdown)]
    [InlineData("exit 1", DeathReason.StartFailed)]
    [InlineData("exit 32", DeathReason.Reboot)]
    [InlineData("exit 33", DeathReason.Crash)]
    [InlineData("exit 36", DeathReason.WatchdogReboot)]
    [InlineData("exit 35", DeathReason.Unknown)]
    [InlineData("kill -KILL $$", DeathReason.Killed)]
    [InlineData("kill -SEGV $$", DeathReason.Killed)]
    [InlineData("echo PVM_FIRMWARE_PUBLIC_KEY_MISMATCH > $failure; exit 32", DeathReason.PvmFirmwarePublicKeyMismatch)]
    [InlineData("echo PVM_FIRMWARE_INSTANCE_IMAGE_CHANGED > $failure; exit 32", DeathReason.PvmFirmwareInstanceImageChanged)]
    [InlineData("echo PVM_FIRMWARE_INVALID_FDT > $failure; exit 32", DeathReason.Reboot)]
    [InlineData("echo 'MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE|no' > $failure; exit 32", DeathReason.MicrodroidFailedToConnectToVirtualizationService)]
    [InlineData("echo 'MICRODROID_PAYLOAD_HAS_CHANGED|no' > $failure; exit 32", DeathReason.MicrodroidPayloadHasChanged)]
    [InlineData("echo 'MICRODROID_PAYLOAD_VERIFICATION_FAILED|no' > $failure; exit 32", DeathReason.MicrodroidPayloadVerificationFailed)]
    [InlineData("echo 'MICRODROID_INVALID_PAYLOAD_CONFIG|no' > $failure; exit 32", DeathReason.MicrodroidInvalidPayloadConfig)]
    [InlineData("printf MICRODROID_UNKNOWN_RUNTIME_ERROR > $failure; kill -KILL $$", DeathReason.MicrodroidUnknownRuntimeError)]
    public void Each_end_of_the_VMM_is_told_with_its_reason_and_leaves_nothing(string script, DeathReason reason)
    {
        using VmInstance vm = Make(script);
        vm.Start();

        Assert.Equal($"died {vm.Cid} {reason}", _callback.Next());
        Assert.Equal(VirtualMachineState.Dead, vm.State);
        Assert.Empty(Directory.GetDirectories(_root.Path));
        Assert.True(_callback.IsEmpty);
    }

    /// <summary>At a client's end both its reference and its service end the VM; the process ends when the service has.</summary>
    [Fact]
    public void Whoever_ends_a_vm_goes_on_when_its_place_is_free()
    {
        VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();
        int[] left = [-1, -1];
        Thread[] ends = [.. left.Select((_, i) => new Thread(() =>
        {
            vm.Dispose();
            left[i] = Directory.GetDirectories(_root.Path).Length;
        }))];
        Array.ForEach(ends, static end => end.Start());
        Array.ForEach(ends, static end => end.Join());

        Assert.Equal([0, 0], left);
    }

    [Fact]
    public void A_guest_that_floods_its_failure_pipe_holds_up_nothing()
    {
        using VmInstance vm = Make("head -c 3000000 /dev/zero | tr '\\0' 'x' > $failure; exit 33");
        vm.Start();

        Assert.Equal($"died {vm.Cid} Crash", _callback.Next());
    }

    [Fact]
    public void A_guest_whose_payload_never_starts_is_hung()
    {
        using VmInstance vm = Make(FakeVmm.Forever, TimeSpan.FromMilliseconds(100));
        vm.Start();

        Assert.Equal($"died {vm.Cid} Hangup", _callback.Next());
    }

    [Fact]
    public void A_guest_whose_payload_has_started_is_not_hung_and_a_raw_one_never_is()
    {
        using VmInstance vm = Make(FakeVmm.Forever, TimeSpan.FromSeconds(1.5));
        vm.Start();
        vm.PayloadStarted();
        using VmInstance raw = Make(FakeVmm.Forever, TimeSpan.FromSeconds(1.5), isApp: false);
        raw.Start();
        Thread.Sleep(2000);

        Assert.Equal(VirtualMachineState.Started, vm.State);
        Assert.Equal(VirtualMachineState.Starting, raw.State);
        raw.Dispose();
        vm.Stop();
        Assert.Equal($"started {vm.Cid}", _callback.Next());
    }

    [Fact]
    public void The_guest_moves_the_state_forward_and_its_clients_are_told_in_order()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        Assert.Equal(VirtualMachineState.NotStarted, vm.State);
        Assert.Throws<RefusedException>(vm.PayloadStarted);
        vm.Start();
        Assert.Equal(VirtualMachineState.Starting, vm.State);
        using RpcSession session = RpcSession.ConnectUnix(Path.Combine(vm.TemporaryDirectory, $"vsock_{vm.Cid}"));
        VirtualMachineServiceProxy guest = new(session.Root!);

        guest.NotifyPayloadStarted();
        Assert.Equal(VirtualMachineState.Started, vm.State);
        guest.NotifyPayloadReady();
        Assert.Equal(VirtualMachineState.Ready, vm.State);
        Assert.Equal(ExceptionCode.IllegalState, Assert.Throws<BinderException>(guest.NotifyPayloadStarted).Exception);
        guest.NotifyPayloadFinished(3);
        Assert.Equal(VirtualMachineState.Finished, vm.State);
        Assert.Equal(ExceptionCode.IllegalState, Assert.Throws<BinderException>(() => guest.NotifyError(ErrorCode.Unknown, "late")).Exception);
        Assert.Null(guest.GetSecretkeeper());
        Assert.Equal(ExceptionCode.UnsupportedOperation, Assert.Throws<BinderException>(() => guest.RequestAttestation([1], false)).Exception);
        vm.Stop();

        string[] expected = [$"started {vm.Cid}", $"ready {vm.Cid}", $"finished {vm.Cid} 3", $"died {vm.Cid} Killed"];
        Assert.Equal(expected, Enumerable.Range(0, 4).Select(_ => _callback.Next()));
    }

    [Fact]
    public void The_guest_has_one_session_with_the_host_in_the_VMs_life()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        string socket = Path.Combine(vm.TemporaryDirectory, $"vsock_{vm.Cid}");
        vm.Start();
        using (RpcSession manager = RpcSession.ConnectUnix(socket, new RpcSessionOptions { MaxOutgoing = 2 }))
        {
            VirtualMachineServiceProxy guest = new(manager.Root!);
            guest.NotifyPayloadStarted();
            RefuseSession(socket);
            guest.NotifyPayloadReady();
        }

        RefuseSession(socket);
        Assert.Equal(VirtualMachineState.Ready, vm.State);
    }

    [Fact]
    public void An_error_of_the_guest_reaches_its_clients_as_one_line()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();
        using RpcSession session = RpcSession.ConnectUnix(Path.Combine(vm.TemporaryDirectory, $"vsock_{vm.Cid}"));
        new VirtualMachineServiceProxy(session.Root!).NotifyError(ErrorCode.PayloadChanged, "an\u001b[2J\nother APK");

        Assert.Equal($"error {vm.Cid} PayloadChanged an [2J other APK", _callback.Next());
        Assert.Equal(VirtualMachineState.Finished, vm.State);
    }

    [Fact]
    public void The_last_reference_ends_the_VM_and_frees_its_place()
    {
        VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();
        Eventually.True(() => File.Exists(Path.Combine(_root[$"{vm.Cid}"], "running")), "the VMM's start");
        int process = vm.Record.VmmPid!.Value;

        vm.Dispose();

        Assert.Equal($"died {vm.Cid} Killed", _callback.Next());
        Assert.False(Directory.Exists($"/proc/{process}"), "the VMM lives on");
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void A_VM_whose_directory_somebody_has_removed_ends_as_others_do()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();
        Eventually.True(() => File.Exists(Path.Combine(vm.TemporaryDirectory, "running")), "the VMM's start");

        Directory.Delete(vm.TemporaryDirectory, recursive: true);
        vm.Stop();

        Assert.Equal($"died {vm.Cid} Killed", _callback.Next());
    }

    [Fact]
    public void A_VM_that_was_never_started_frees_its_place_too()
    {
        VmInstance vm = Make("exit 0");
        Assert.Single(Directory.GetDirectories(_root.Path));

        vm.Dispose();
        vm.Dispose();

        Assert.Empty(Directory.GetDirectories(_root.Path));
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(vm.Start).Refusal);
    }

    [Fact]
    public void A_VM_is_started_once_and_what_needs_it_to_run_is_refused_before_and_after()
    {
        using VmInstance vm = Make("exit 0");
        RefuseWhatNeedsIt(vm);
        vm.Start();
        _callback.Next();

        RefuseWhatNeedsIt(vm);
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(vm.Start).Refusal);
    }

    [Fact]
    public void A_VMM_that_is_missing_is_an_error_of_the_start_and_leaves_nothing()
    {
        using VmInstance vm = Make("exit 0");
        File.Delete(_home["vmm"]);

        RefusedException refusal = Assert.Throws<RefusedException>(vm.Start);

        Assert.Contains("posix_spawn", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(VirtualMachineState.Dead, vm.State);
        Assert.Empty(Directory.GetDirectories(_root.Path));
    }

    [Fact]
    public void A_privileged_port_is_refused_and_one_where_nobody_listens_is_an_error()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();

        Assert.Contains("privileged", Assert.Throws<RefusedException>(() => vm.ConnectVsock(1023)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", Assert.Throws<RefusedException>(() => vm.ConnectVsock(1024)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VM_is_listed_with_the_terminal_of_its_console()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        vm.SetHostConsoleName("/dev/pts/7");

        VirtualMachineDebugInfo info = Assert.Single(VmList.Below(_root.Path));

        Assert.Equal((int)vm.Cid, info.Cid);
        Assert.Equal("/dev/pts/7", info.HostConsoleName);
        Assert.Equal(_root[$"{vm.Cid}"], info.TemporaryDirectory);
    }

    [Fact]
    public void A_crash_report_of_a_debuggable_guest_is_kept_without_what_moves_a_cursor()
    {
        using VmInstance vm = Make(FakeVmm.Forever);
        vm.Start();
        string directory = vm.TemporaryDirectory;
        using (var connection = Kvm.Interop.Sockets.StreamConnection.ConnectUnix(Path.Combine(directory, "vsock_2000")))
        {
            connection.WriteAll("*** ***\npid: 7, \u001b[2Jname: payload\n"u8);
        }

        Eventually.True(() => _log.ToString().Contains("pid: 7", StringComparison.Ordinal), "the log of the crash report");
        Assert.Equal("*** ***\npid: 7, [2Jname: payload\n", File.ReadAllText(Path.Combine(directory, "tombstone-00.txt")));
    }

    private static void RefuseSession(string socket) =>
        Assert.ThrowsAny<Exception>(() =>
        {
            using RpcSession payload = RpcSession.ConnectUnix(socket);
            new VirtualMachineServiceProxy(payload.Root!).NotifyPayloadFinished(0);
        });

    private static void RefuseWhatNeedsIt(VmInstance vm)
    {
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(vm.Stop).Refusal);
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(vm.Suspend).Refusal);
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(() => vm.SetMemoryBalloon(1)).Refusal);
        Assert.Equal(Refusal.State, Assert.Throws<RefusedException>(() => vm.ConnectVsock(5000)).Refusal);
    }

    private VmInstance Make(string script, TimeSpan? hangup = null, bool isApp = true)
    {
        FakeVmm program = new(_home, script);
        VmPlace place = new VmPlaces(new UnixVsockHost(), _root.Path, null).Take(256);
        MemFd kernel = MemFd.Create("kernel", 4096);
        int number = (int)kernel.DangerousGetHandle();
        VmPlan plan = new()
        {
            Launch = run => new VmmLaunch
            {
                VsockOptions = place.Vsock.Options,
                MemoryMib = 256,
                Failure = run.Failure,
                Control = run.Control,
                InstanceId = number,
                Kernel = number,
            },
            Descriptors = [kernel],
            ReportsPayload = isApp,
            IsDebuggable = true,
        };
        VmRecord record = new() { Cid = place.Cid, Name = "test", RequesterUid = PrivateDirectory.User, RequesterPid = Environment.ProcessId };
        VmInstance vm = new(place, plan, record, program.Path, hangup ?? s_forEver, new ServiceLog(TextWriter.Synchronized(_log)));
        vm.Serve(new GuestService(vm));
        vm.AddCallback(_callback);
        return vm;
    }
}
