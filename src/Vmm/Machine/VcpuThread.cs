using Kvm.Interop;
using Kvm.Interop.Exits;
using Kvm.Interop.Threads;
using Vmm.Devices;

namespace Vmm.Machine;

/// <summary>A vCPU and the thread that runs it, from its start to the end of the VM.</summary>
/// <remarks>Between two KVM_RUNs nothing is allocated, so that no guest waits for a collection that its own exits caused.</remarks>
internal sealed class VcpuThread
{
    // The run loop's depth is fixed and small; a default stack of 8 MiB would only cost address space and page tables.
    private const int StackBytes = 256 * 1024;

    private readonly KvmVcpu _vcpu;
    private readonly int _index;
    private readonly RunGate _gate;
    private readonly MmioBus _bus;
    private readonly EndOfVm _end;
    private readonly Thread _thread;
    private Action? _beforeFirstRun;
    private ThreadGuestTime? _guestTime;

    /// <summary>Prepares the thread of a vCPU.</summary>
    /// <param name="vcpu">The vCPU, ready to run.</param>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="gate">Lets it run.</param>
    /// <param name="bus">Answers its MMIO.</param>
    /// <param name="end">Told when the guest, or KVM, ends the VM.</param>
    /// <param name="beforeFirstRun">Called on the thread once, right before the first KVM_RUN.</param>
    public VcpuThread(KvmVcpu vcpu, int index, RunGate gate, MmioBus bus, EndOfVm end, Action? beforeFirstRun = null)
    {
        _vcpu = vcpu;
        _index = index;
        _gate = gate;
        _bus = bus;
        _end = end;
        _beforeFirstRun = beforeFirstRun;
        _thread = new Thread(Run, StackBytes) { Name = $"vcpu{index}", IsBackground = true };
    }

    /// <summary>How long the vCPU has run in the guest; null where its thread does not run.</summary>
    public TimeSpan? GuestTime => Volatile.Read(ref _guestTime)?.Read();

    /// <summary>Times the vCPU came out of KVM_RUN to user space for a request of the guest.</summary>
    public long Exits { get; private set; }

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Makes the vCPU leave the guest, or not enter it, so that it asks the gate again.</summary>
    public void Kick() => _vcpu.Kicker.Kick();

    /// <summary>Waits for the thread's end.</summary>
    public void Join() => _thread.Join();

    private void Run()
    {
        try
        {
            _vcpu.Kicker.Attach();
            Volatile.Write(ref _guestTime, ThreadGuestTime.OfCallingThread());
            NativeThread.SetName($"vcpu{_index}");
            _beforeFirstRun?.Invoke();
            _beforeFirstRun = null;
            bool goesOn = true;
            while (goesOn && _gate.MayRun())
            {
                KvmRunResult result = _vcpu.Run();
                if (result == KvmRunResult.Exit)
                {
                    Exits++;
                    goesOn = Handle(_vcpu.RunPage);
                }
                else if (result == KvmRunResult.Interrupted)
                {
                    // The gate is asked after this; the order against Kick() is argued in VcpuKicker.
                    _vcpu.Kicker.Acknowledge();
                }
            }
        }
        catch (Exception e) when (e is LinuxException or InvalidOperationException)
        {
            _end.Report(new VmExit(VmExitReason.Crash, $"vCPU {_index} cannot go on: {e.Message}"));
        }
        finally
        {
            _vcpu.Kicker.Detach();
            Interlocked.Exchange(ref _guestTime, null)?.Dispose();
        }
    }

    /// <returns>False where the VM has ended.</returns>
    private bool Handle(KvmRun run)
    {
        switch (run.ExitReason)
        {
            case KvmExitReason.KVM_EXIT_MMIO:
                MmioExit access = run.Mmio;
                if (access.IsWrite)
                {
                    _bus.Write(access.PhysicalAddress, access.Data);
                }
                else
                {
                    _bus.Read(access.PhysicalAddress, access.Data);
                }

                return true;
            case KvmExitReason.KVM_EXIT_SYSTEM_EVENT:
                HandleSystemEvent(run);
                return false;
            case KvmExitReason.KVM_EXIT_ARM_NISV:
                // The instruction did not say what it loads or stores (a pair, a write-back): the guest gets the abort that a bus would give.
                _vcpu.InjectExternalDataAbort();
                return true;
            default:
                _end.Report(new VmExit(VmExitReason.Crash, $"vCPU {_index} cannot go on: {run.Describe()}"));
                return false;
        }
    }

    private void HandleSystemEvent(KvmRun run)
    {
        VmExitReason? reason = run.SystemEvent.Type switch
        {
            KvmSystemEventType.KVM_SYSTEM_EVENT_SHUTDOWN => VmExitReason.Stop,
            KvmSystemEventType.KVM_SYSTEM_EVENT_RESET => VmExitReason.Reset,
            KvmSystemEventType.KVM_SYSTEM_EVENT_CRASH => VmExitReason.GuestPanic,
            _ => null,
        };
        _end.Report(reason is { } known
            ? new VmExit(known)
            : new VmExit(VmExitReason.Crash, $"vCPU {_index} cannot go on: {run.Describe()}"));
    }
}
