using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Kvm.Interop.Sockets;
using Virtualization.Aidl;
using VirtualizationService.Directories;

namespace VirtualizationService.Life;

/// <summary>A VM from its making to its death: its VMM's process, its state, and who is told of it.</summary>
/// <remarks>States only go forward. Whatever ends the VM, exactly one <c>onDied</c> is told, after everything else, and its place is given back.</remarks>
public sealed partial class VmInstance : IDisposable
{
    private const string ControlName = "control";

    // What the guest wrote last is in the pipe when the VMM has ended; a process that the VMM has started may hold it open.
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    // How long a client that reads nothing may hold up the end of this process.
    private static readonly TimeSpan s_lastCallbacks = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly VmPlace _place;
    private readonly VmPlan _plan;
    private readonly string _program;
    private readonly TimeSpan _hangupPatience;
    private readonly ServiceLog _log;
    private readonly CallbackQueue _callbacks;
    private readonly VmmControl _control;
    private VirtualMachineState _state = VirtualMachineState.NotStarted;
    private VmRecord _record;
    private ChildProcess? _vmm;
    private Thread? _watcher;
    private FailurePipe? _failure;
    private Timer? _hangup;
    private bool _isHung;
    private bool _isDisposed;

    /// <summary>Makes a VM that has not been started.</summary>
    /// <param name="place">Its address and directory; given back at its end.</param>
    /// <param name="plan">What it is made of; closed at its end.</param>
    /// <param name="record">What others see of it.</param>
    /// <param name="program">The VMM.</param>
    /// <param name="hangupPatience">How long the guest may take to report its payload's start.</param>
    /// <param name="log">Takes a line for what happens.</param>
    public VmInstance(VmPlace place, VmPlan plan, VmRecord record, string program, TimeSpan hangupPatience, ServiceLog log)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(record);
        _place = place;
        _plan = plan;
        _record = record;
        _program = program;
        _hangupPatience = hangupPatience;
        _log = log;
        _control = new VmmControl(Path.Combine(place.Directory.Path, ControlName));
        _callbacks = new CallbackQueue(place.Cid);
        record.Write(place.Directory.Path);
    }

    /// <summary>The guest's address.</summary>
    public uint Cid => _place.Cid;

    /// <summary>What others see of it.</summary>
    public VmRecord Record
    {
        get
        {
            lock (_lock)
            {
                return _record;
            }
        }
    }

    /// <summary>Its temporary directory.</summary>
    public string TemporaryDirectory => _place.Directory.Path;

    /// <summary>Whether the guest may be debugged.</summary>
    public bool IsDebuggable => _plan.IsDebuggable;

    /// <summary>How far it has come.</summary>
    public VirtualMachineState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Serves the guest's service to the guest.</summary>
    public void Serve(Virtualization.Binder.IBinder service) => _place.Serve(service);

    /// <summary>A client that is told what happens from here on.</summary>
    public void AddCallback(IVirtualMachineCallback callback) => _callbacks.Add(callback);

    /// <summary>Starts the VMM.</summary>
    /// <exception cref="RefusedException">It was started before, or the VMM cannot be started; it is dead then.</exception>
    public void Start()
    {
        lock (_lock)
        {
            if (_state != VirtualMachineState.NotStarted || _isDisposed)
            {
                throw new RefusedException(Refusal.State, $"the virtual machine {Cid} cannot be started: it is {_state}, and each is started once");
            }

            try
            {
                _vmm = Spawn();
            }
            catch (LinuxException failure)
            {
                _state = VirtualMachineState.Dead;
                _callbacks.Dispose();
                _plan.Dispose();
                _place.Dispose();
                throw new RefusedException(Refusal.Failed, $"the virtual machine monitor cannot be started: {failure.Message}", failure);
            }

            _state = VirtualMachineState.Starting;
            if (_plan.IsDebuggable && _plan.ReportsPayload)
            {
                _place.KeepTombstones(_log);
            }

            Note(_record with { VmmPid = _vmm.Id, VmmStart = RunningProcess.StartOf(_vmm.Id) });
            if (_plan.ReportsPayload && _hangupPatience != Timeout.InfiniteTimeSpan)
            {
                _hangup = new Timer(_ => HangUp(), null, _hangupPatience, Timeout.InfiniteTimeSpan);
            }

            _watcher = new Thread(Watch) { IsBackground = true, Name = $"VM {Cid}" };
            _watcher.Start();
        }
    }

    /// <summary>Ends the VMM at once (SIGKILL), so that the reason of death is <see cref="DeathReason.Killed"/>.</summary>
    /// <exception cref="RefusedException">It does not run.</exception>
    public void Stop()
    {
        lock (_lock)
        {
            Running().Kill();
        }
    }

    /// <summary>Keeps which terminal shows the guest's console, for <c>vm console</c>.</summary>
    public void SetHostConsoleName(string path)
    {
        lock (_lock)
        {
            Note(_record with { HostConsoleName = path });
            _place.SetHostConsoleName(path);
        }
    }

    /// <summary>The last reference is gone: ends the VM where it runs, and gives its place back.</summary>
    /// <remarks>Both who drops the reference and a service that ends may come; each goes on when all is done.</remarks>
    public void Dispose()
    {
        Thread? watcher;
        lock (_lock)
        {
            watcher = _watcher;
            if (!_isDisposed && _state == VirtualMachineState.NotStarted)
            {
                _state = VirtualMachineState.Dead;
                _callbacks.Dispose();
                _plan.Dispose();
                _place.Dispose();
            }
            else if (!_isDisposed && _state != VirtualMachineState.Dead)
            {
                _vmm!.Kill();
            }

            _isDisposed = true;
        }

        // The thread that watches does the rest; a service that ends waits for that.
        watcher?.Join();
        _callbacks.Join(s_lastCallbacks);
    }

    private ChildProcess Spawn()
    {
        Pipe pipe = Pipe.Create("failure pipe");
        using FileDescriptor writer = pipe.Writer;
        try
        {
            using SeqPacketSocket control = SeqPacketSocket.Listen(Path.Combine(TemporaryDirectory, ControlName));
            VmmLaunch launch = _plan.Launch(new VmRun((int)writer.DangerousGetHandle(), (int)control.DangerousGetHandle()));
            using FileDescriptor errors = new(2, "standard error", ownsHandle: false);
            IReadOnlyList<string> arguments = VmmArguments.Of(launch);
            _log.Detail($"VM {Cid}: {_program} {string.Join(' ', arguments)}");
            ChildProcess vmm = ChildProcess.Start(new ChildProcessOptions(_program, arguments)
            {
                Descriptors =
                [
                    new ChildDescriptor(writer),
                    new ChildDescriptor(control),
                    .. _plan.Descriptors.Select(static descriptor => new ChildDescriptor(descriptor)),
                    .. _place.Vsock.Descriptors,
                ],
                StandardError = errors,
                WorkingDirectory = TemporaryDirectory,
                OwnProcessGroup = true,
                DiesWithParent = true,
            });
            _failure = new FailurePipe(pipe.Reader);
            return vmm;
        }
        catch
        {
            pipe.Reader.Dispose();
            throw;
        }
    }

    private void HangUp()
    {
        lock (_lock)
        {
            if (_state == VirtualMachineState.Starting)
            {
                _isHung = true;
                _log.Write($"VM {Cid}: its payload has not started within {_hangupPatience.TotalSeconds:0} s: it is hung, and ends");
                _vmm?.Kill();
            }
        }
    }

    /// <summary>Waits for the VMM's end, on a thread of its own.</summary>
    private void Watch()
    {
        ChildExit? exit = null;
        try
        {
            exit = _vmm!.Wait();
        }
        catch (LinuxException failure)
        {
            _log.Write($"VM {Cid}: {failure.Message}");
        }

        string words = _failure!.Finish(s_lastWords);
        DeathReason reason;
        lock (_lock)
        {
            reason = DeathReasons.Of(exit, _isHung ? DeathReasons.Hangup : words);
            _state = VirtualMachineState.Dead;
            _hangup?.Dispose();
        }

        string end = $"VM {Cid}: ended: {reason} ({exit?.ToString() ?? "unknown"}{(words.Length > 0 ? $", {words.Trim()}" : "")})";
        if (words.Length == 0 && reason is DeathReason.Shutdown or DeathReason.Killed)
        {
            _log.Detail(end);
        }
        else
        {
            _log.Write(end);
        }

        // What others can see goes before its end is told: who hears of it may start the next one.
        _vmm!.Dispose();
        _failure.Dispose();
        _plan.Dispose();
        _place.Dispose();
        _callbacks.Post(callback => callback.OnDied((int)Cid, reason));
        _callbacks.Dispose();
    }

    /// <summary>To be called under the lock.</summary>
    private ChildProcess Running() =>
        _vmm is not null && _state is not (VirtualMachineState.NotStarted or VirtualMachineState.Dead)
            ? _vmm
            : throw new RefusedException(Refusal.State, $"the virtual machine {Cid} does not run: it is {_state}");

    /// <summary>To be called under the lock. A record that cannot be written is missed in lists, no more.</summary>
    private void Note(VmRecord record)
    {
        _record = record;
        try
        {
            record.Write(TemporaryDirectory);
        }
        catch (IOException failure)
        {
            _log.Write($"VM {Cid}: {failure.Message}");
        }
    }
}
