using Kvm.Interop;
using Kvm.Interop.Exits;

namespace HostProbe;

/// <summary>A vCPU's thread as a VMM has it: it answers requests when it is kicked and counts MMIO exits.</summary>
internal sealed class GuestThread
{
    private readonly KvmVcpu _vcpu;
    private readonly Thread _thread;
    private int _request;
    private int _answer;
    private long _exits;
    private bool _stop;

    internal GuestThread(KvmVcpu vcpu)
    {
        _vcpu = vcpu;
        _thread = new Thread(Loop) { Name = "vcpu0" };
    }

    internal int Answer => Volatile.Read(ref _answer);

    internal long Exits => Volatile.Read(ref _exits);

    internal long Interruptions { get; private set; }

    /// <summary>Managed bytes that the run loop allocated, after its first thousand rounds.</summary>
    internal long AllocatedBytes { get; private set; }

    internal string? Failure { get; private set; }

    internal bool IsAlive => _thread.IsAlive;

    internal void Start() => _thread.Start();

    internal void Ask(int request)
    {
        // A plain store: Kick orders it.
        _request = request;
        _vcpu.Kicker.Kick();
    }

    internal bool Stop()
    {
        _stop = true;
        _vcpu.Kicker.Kick();
        return _thread.Join(TimeSpan.FromSeconds(30));
    }

    private void Loop()
    {
        try
        {
            _vcpu.Kicker.Attach();
            long start = 0;
            for (long round = 0; !_stop; round++)
            {
                if (round == 1000)
                {
                    start = GC.GetAllocatedBytesForCurrentThread();
                }

                Step();
            }

            AllocatedBytes = start == 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - start;
            _vcpu.Kicker.Detach();
        }
        catch (LinuxException e)
        {
            Failure = e.Message;
        }
    }

    private void Step()
    {
        switch (_vcpu.Run())
        {
            case KvmRunResult.Interrupted:
                Interruptions++;
                _vcpu.Kicker.Acknowledge();
                Volatile.Write(ref _answer, _request);
                break;
            case KvmRunResult.Exit when _vcpu.RunPage.ExitReason == KvmExitReason.KVM_EXIT_MMIO:
                MmioExit mmio = _vcpu.RunPage.Mmio;
                Volatile.Write(ref _exits, BitConverter.ToUInt32(mmio.Data));
                break;
            case KvmRunResult.Exit:
                Failure = _vcpu.RunPage.Describe();
                _stop = true;
                break;
        }
    }
}
