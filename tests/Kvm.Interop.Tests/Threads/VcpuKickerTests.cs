using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;
using Kvm.Interop.Threads;

namespace Kvm.Interop.Tests.Threads;

public unsafe partial class VcpuKickerTests
{
    private const int SIG_BLOCK = 0;

    [Fact]
    public void The_signal_is_not_the_runtimes() => Assert.Equal(Libc.__libc_current_sigrtmin() + 4, KickSignal.Number);

    [Fact]
    public void A_kick_takes_a_thread_out_of_a_system_call()
    {
        byte* immediateExit = (byte*)NativeMemory.AllocZeroed(1);
        VcpuKicker kicker = new(immediateExit);
        using ManualResetEventSlim attached = new();
        int errno = 0;
        Thread thread = new(() =>
        {
            kicker.Attach();
            attached.Set();
            errno = ppoll(null, 0, null, null, 8) < 0 ? Marshal.GetLastPInvokeError() : 0;
            kicker.Detach();
        });
        thread.Start();
        attached.Wait();
        // The thread may not have reached ppoll with the first kick, which the handler then swallows: that is what immediate_exit is for.
        do
        {
            kicker.Kick();
            kicker.Acknowledge();
        }
        while (!thread.Join(10));

        Assert.Equal(Errno.EINTR, errno);
        kicker.Close();
        NativeMemory.Free(immediateExit);
    }

    [Fact]
    public void No_kick_is_lost_while_the_collector_interrupts_everything()
    {
        const int Rounds = 5_000;
        using FakeVcpu vcpu = new();
        using CancellationTokenSource stop = new();
        Thread collector = new(() =>
        {
            // A pause between collections, or the threads that wait for their end would never run.
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                Thread.Sleep(1);
            }
        });
        collector.Start();
        vcpu.Start();
        for (int i = 1; i <= Rounds; i++)
        {
            // Each request is answered before the next is made, so one lost kick stops everything here.
            vcpu.Request = i;
            vcpu.Kicker.Kick();
            int wanted = i;
            Assert.True(SpinWait.SpinUntil(() => vcpu.Answer == wanted, 30_000), $"kick {i} was lost");
        }

        stop.Cancel();
        collector.Join();
        vcpu.Stop();
        Assert.True(vcpu.Runs > Rounds / 2, $"{vcpu.Runs} runs: the thread did not wait in its system call");
    }

    [Fact]
    public void Kicks_from_many_threads_are_all_seen()
    {
        const int Kickers = 4;
        const int Rounds = 1_000;
        using FakeVcpu vcpu = new();
        vcpu.Start();
        Thread[] threads = [.. Enumerable.Range(0, Kickers).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                int mine = vcpu.AddRequest();
                vcpu.Kicker.Kick();
                SpinWait.SpinUntil(() => vcpu.Answer >= mine, 30_000);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.Equal(Kickers * Rounds, vcpu.Answer);
        vcpu.Stop();
    }

    [Fact]
    public void A_kick_before_the_thread_starts_ends_its_first_run()
    {
        using FakeVcpu vcpu = new();
        vcpu.Request = 1;
        vcpu.Kicker.Kick();
        vcpu.Start();

        Assert.True(SpinWait.SpinUntil(() => vcpu.Answer == 1, 30_000));
        vcpu.Stop();
    }

    [Fact]
    public void A_thread_that_ended_without_detaching_is_kicked_in_vain()
    {
        byte* immediateExit = (byte*)NativeMemory.AllocZeroed(1);
        VcpuKicker kicker = new(immediateExit);
        Thread thread = new(kicker.Attach);
        thread.Start();
        thread.Join();

        kicker.Kick();
        kicker.Acknowledge();
        kicker.Kick();

        Assert.Equal(1, *immediateExit);
        kicker.Close();
        NativeMemory.Free(immediateExit);
    }

    [Fact]
    public void After_closing_a_kick_touches_nothing()
    {
        byte* immediateExit = (byte*)NativeMemory.AllocZeroed(1);
        VcpuKicker kicker = new(immediateExit);
        kicker.Close();
        kicker.Kick();

        Assert.Equal(0, *immediateExit);
        NativeMemory.Free(immediateExit);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ppoll(pollfd* entries, nuint count, timespec* timeout, sigset_t* mask, nuint maskSize);

    /// <summary>A thread that waits as KVM_RUN does: it looks at immediate_exit with the kick blocked and unblocks it atomically with waiting.</summary>
    private sealed class FakeVcpu : IDisposable
    {
        private readonly byte* _immediateExit = (byte*)NativeMemory.AllocZeroed(1);
        private readonly Thread _thread;
        private int _request;
        private int _answer;
        private bool _stop;

        internal FakeVcpu()
        {
            Kicker = new VcpuKicker(_immediateExit);
            _thread = new Thread(Loop);
        }

        internal VcpuKicker Kicker { get; }

        internal int Runs { get; private set; }

        // Plain on purpose: the order comes from Kick and Acknowledge.
        internal int Request
        {
            set => _request = value;
        }

        internal int Answer => Volatile.Read(ref _answer);

        public void Dispose()
        {
            Kicker.Close();
            NativeMemory.Free(_immediateExit);
        }

        internal int AddRequest() => Interlocked.Increment(ref _request);

        internal void Start() => _thread.Start();

        internal void Stop()
        {
            _stop = true;
            Kicker.Kick();
            Assert.True(_thread.Join(30_000), "the kick to stop was lost");
        }

        private void Loop()
        {
            Kicker.Attach();
            sigset_t kick = default;
            sigset_t before = default;
            _ = Libc.sigaddset(&kick, KickSignal.Number);
            _ = Libc.pthread_sigmask(SIG_BLOCK, &kick, &before);
            while (!_stop)
            {
                if (Run(&before))
                {
                    Kicker.Acknowledge();
                    Volatile.Write(ref _answer, _request);
                }
            }

            Kicker.Detach();
        }

        private bool Run(sigset_t* open)
        {
            if (Volatile.Read(ref *_immediateExit) != 0)
            {
                return true;
            }

            Runs++;
            return ppoll(null, 0, null, open, 8) < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR;
        }
    }
}
