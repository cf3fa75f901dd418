namespace Vmm.Machine;

/// <summary>Lets vCPU threads run, holds them, or sends them home.</summary>
/// <remarks>
/// A vCPU thread asks <see cref="MayRun"/> before each entry into the guest. Whoever changes the state kicks every vCPU afterwards; the order
/// "state, full fence, immediate_exit, signal" against "clear immediate_exit, full fence, state" (see VcpuKicker) makes sure that a thread
/// either sees the new state here or leaves KVM_RUN at once.
/// </remarks>
internal sealed class RunGate(int vcpus)
{
    private const int Running = 0;
    private const int Held = 1;
    private const int Ended = 2;

    private readonly object _monitor = new();
    private int _state;
    private int _parked;

    /// <summary>The vCPUs are held, or on their way to be.</summary>
    public bool IsHeld => Volatile.Read(ref _state) == Held;

    /// <summary>False once the VM has ended. Blocks while the vCPUs are held; allocates nothing while they are not.</summary>
    public bool MayRun()
    {
        // Acquire: what the thread that let the vCPUs go wrote before is visible to the guest code that runs next.
        int state = Volatile.Read(ref _state);
        return state == Running || (state == Held && ParkUntilReleased());
    }

    /// <summary>Holds the vCPUs. Returns when every vCPU thread is parked, or the VM has ended.</summary>
    /// <param name="kickAll">Makes every vCPU leave the guest.</param>
    public void Hold(Action kickAll)
    {
        ArgumentNullException.ThrowIfNull(kickAll);
        if (!Change(from: Running, to: Held))
        {
            return;
        }

        kickAll();
        lock (_monitor)
        {
            while (_state == Held && _parked < vcpus)
            {
                Monitor.Wait(_monitor);
            }
        }
    }

    /// <summary>Holds the vCPUs before their threads start; nothing is waited for.</summary>
    public void Close() => Change(from: Running, to: Held);

    /// <summary>Lets held vCPUs run again.</summary>
    public void Release() => Change(from: Held, to: Running);

    /// <summary>Sends every vCPU thread home, held or not.</summary>
    /// <param name="kickAll">Makes every vCPU leave the guest.</param>
    public void End(Action kickAll)
    {
        ArgumentNullException.ThrowIfNull(kickAll);
        if (!Change(from: Running, to: Ended))
        {
            Change(from: Held, to: Ended);
        }

        kickAll();
    }

    private bool Change(int from, int to)
    {
        lock (_monitor)
        {
            if (_state != from)
            {
                return false;
            }

            // A full fence: the state must be visible before the kicks that follow.
            Interlocked.Exchange(ref _state, to);
            Monitor.PulseAll(_monitor);
            return true;
        }
    }

    private bool ParkUntilReleased()
    {
        lock (_monitor)
        {
            // A thread that is released and held again before it woke stays counted: it never left.
            _parked++;
            Monitor.PulseAll(_monitor);
            while (_state == Held)
            {
                Monitor.Wait(_monitor);
            }

            _parked--;
            return _state == Running;
        }
    }
}
