using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Threads;

/// <summary>Takes a vCPU thread out of KVM_RUN so that it looks at requests from other threads, without ever losing one.</summary>
/// <remarks>
/// <para>The thread that wants something writes its request anywhere, then calls <see cref="Kick"/>. The vCPU's thread runs:</para>
/// <code>
/// kicker.Attach();
/// while (running)
/// {
///     switch (vcpu.Run())
///     {
///         case KvmRunResult.Interrupted: kicker.Acknowledge(); LookAtRequests(); break;
///         ...
///     }
/// }
/// kicker.Detach();
/// </code>
/// <para>
/// Kick: (K0, the caller's) write request; (K1) full fence; (K2) exchange pending to 1, done if it was 1; (K3) write immediate_exit = 1;
/// (K4) tgkill. Acknowledge: (A1) write immediate_exit = 0; (A2) write pending = 0 with release order; (A3) full fence; (A4, the caller's) read request.
/// </para>
/// <para>
/// A kick that is sent arrives. The signal meets the thread in one of three places. In the guest or blocked in KVM_RUN: the call ends with EINTR.
/// Inside KVM_RUN before the guest: the kernel checks for pending signals with interrupts off before each entry and ends the call. In user space:
/// the handler runs and is over, but K3 comes before K4 and the delivery orders them, so the next KVM_RUN reads immediate_exit = 1 and ends at once.
/// </para>
/// <para>
/// A kick that is not sent (pending was 1) is not lost. K2 then came before A2 in the order of writes to pending; request was written before K2
/// (K1), A2 comes before A4 (A3): with fences on both sides A4 must see the request. And the flag cannot be cleared over: who sees pending = 0
/// from A2 writes immediate_exit after A1 (A2 is a release), so A1 never erases a kick that A4 does not see.
/// </para>
/// <para>
/// Any other signal, the runtime's for a garbage collection above all, ends KVM_RUN with EINTR too. The thread then acknowledges a kick that did
/// not happen, finds no request, and runs on: harmless, because the decision rests on the request and never on the signal.
/// At most one signal is queued per vCPU, however often it is kicked.
/// </para>
/// </remarks>
public sealed unsafe class VcpuKicker
{
    private const int QueueFullRetries = 5000;

    private readonly Lock _gate = new();
    private byte* _immediateExit;
    private int _thread;
    private int _pending;

    internal VcpuKicker(kvm_run* page)
        : this(&page->immediate_exit)
    {
    }

    /// <summary>Works on any byte that stands for <c>immediate_exit</c>; it must stay mapped until <see cref="Close"/>.</summary>
    internal VcpuKicker(byte* immediateExit) => _immediateExit = immediateExit;

    /// <summary>Makes the calling thread the one to kick. A kick from before is kept: the first KVM_RUN is then interrupted.</summary>
    /// <exception cref="LinuxException">The signal cannot be set up.</exception>
    public void Attach()
    {
        KickSignal.Unblock();
        lock (_gate)
        {
            _thread = NativeThread.Id;
        }
    }

    /// <summary>Ends <see cref="Attach"/>; the thread calls it before it ends, so that no signal reaches another thread with its number.</summary>
    public void Detach()
    {
        lock (_gate)
        {
            _thread = 0;
        }
    }

    /// <summary>Makes the vCPU's thread come out of KVM_RUN, or out of its next one. From any thread, after the request was written.</summary>
    /// <exception cref="LinuxException">The signal could not be sent for seconds on end.</exception>
    public void Kick()
    {
        lock (_gate)
        {
            // The request before the look at pending (K1). Taking the lock gives acquire order only.
            Interlocked.MemoryBarrier();
            if (_immediateExit == null || Interlocked.Exchange(ref _pending, 1) != 0)
            {
                return;
            }

            // SAFETY: the page stays mapped until Close, which takes the same lock.
            Volatile.Write(ref *_immediateExit, 1);
            // Before the signal: a thread that the signal meets in user space must read the flag in its next KVM_RUN.
            Interlocked.MemoryBarrier();
            if (_thread != 0)
            {
                Send();
            }
        }
    }

    /// <summary>Clears the kick; the vCPU's thread calls it when KVM_RUN was interrupted, before it looks at the requests.</summary>
    public void Acknowledge()
    {
        // SAFETY: only the vCPU's thread calls this, and the vCPU is disposed after its thread has ended.
        Volatile.Write(ref *_immediateExit, 0);
        Volatile.Write(ref _pending, 0);
        // The caller's reads of requests stay behind the writes above (A3); acquire and release do not order a write before a later read.
        Interlocked.MemoryBarrier();
    }

    /// <summary>From now on kicks do nothing; the page may be unmapped.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _immediateExit = null;
            _thread = 0;
        }
    }

    private void Send()
    {
        for (int attempt = 0; ; attempt++)
        {
            int errno = KickSignal.Send(_thread);
            switch (errno)
            {
                case 0:
                    return;
                case Errno.ESRCH:
                    // The thread ended without Detach: there is nobody in KVM_RUN.
                    _thread = 0;
                    return;
                case Errno.EAGAIN when attempt < QueueFullRetries:
                    // The user's queue of real-time signals is full with those of other programs (RLIMIT_SIGPENDING).
                    Thread.Sleep(1);
                    break;
                default:
                    throw new LinuxException("tgkill", $"vCPU thread {_thread}", errno, "the user's queue of signals is full (ulimit -i)");
            }
        }
    }
}
