using Kvm.Interop.Files;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace FakeService;

/// <summary>A VM whose life the test tells.</summary>
internal sealed class FakeVirtualMachine(
    VirtualMachineConfig config, FileDescriptor? consoleOut, FileDescriptor? consoleIn, FileDescriptor? log) : VirtualMachineStub
{
    public const int Cid = 2048;

    private VirtualMachineState _state;
    private IVirtualMachineCallback? _callback;

    public VirtualMachineConfig Config => config;

    public FileDescriptor? ConsoleOut => consoleOut;

    public FileDescriptor? ConsoleIn => consoleIn;

    public FileDescriptor? Log => log;

    public Action<FakeVirtualMachine>? OnStart { get; init; }

    public string? HostConsoleName { get; private set; }

    /// <summary>Set when the client has dropped its reference.</summary>
    public ManualResetEventSlim Dropped { get; } = new();

    /// <summary>What listens on each port of the guest; gets the guest's end.</summary>
    public Dictionary<int, Action<FileDescriptor>> Ports { get; } = [];

    public override int GetCid() => Cid;

    public override VirtualMachineState GetState() => _state;

    public override void RegisterCallback(IVirtualMachineCallback callback) => _callback = callback;

    public override void Start()
    {
        _state = VirtualMachineState.Starting;
        OnStart?.Invoke(this);
    }

    public override void Stop() => Die(DeathReason.Killed);

    public override long GetMemoryBalloon() => 0;

    public override void SetMemoryBalloon(long numBytes)
    {
    }

    public override FileDescriptor ConnectVsock(int port)
    {
        if (!Ports.TryGetValue(port, out Action<FileDescriptor>? listener))
        {
            throw new BinderException(ExceptionCode.IllegalState, $"nobody listens on port {(uint)port}");
        }

        (UnixSocket host, UnixSocket guest) = UnixSocket.CreatePair(UnixSocketType.Stream);
        host.SetNonBlocking(false);
        guest.SetNonBlocking(false);
        listener(guest);
        return host;
    }

    public override void SetHostConsoleName(string pathname) => HostConsoleName = pathname;

    public override void Suspend()
    {
    }

    public override void Resume()
    {
    }

    public void PayloadStarted() => _callback!.OnPayloadStarted(Cid);

    public void PayloadReady() => _callback!.OnPayloadReady(Cid);

    public void PayloadFinished(int exitCode) => _callback!.OnPayloadFinished(Cid, exitCode);

    public void Fail(ErrorCode code, string message) => _callback!.OnError(Cid, code, message);

    public void Die(DeathReason reason)
    {
        _state = VirtualMachineState.Dead;
        consoleOut?.Dispose();
        consoleIn?.Dispose();
        log?.Dispose();
        config.Dispose();
        _callback!.OnDied(Cid, reason);
    }

    protected override void OnZeroReferences()
    {
        config.Dispose();
        consoleOut?.Dispose();
        log?.Dispose();
        Dropped.Set();
    }
}
