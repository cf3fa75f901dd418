using Vmm.Machine;

namespace Vmm.Tests.Machine;

public sealed class RunGateTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void An_open_gate_lets_run_and_allocates_nothing()
    {
        var gate = new RunGate(1);
        bool ran = true;

        Assert.Equal(0, Allocations.OfThousand(() => ran &= gate.MayRun()));
        Assert.True(ran);
    }

    [Fact]
    public async Task Hold_returns_only_when_every_thread_is_parked()
    {
        const int Threads = 4;
        var gate = new RunGate(Threads);
        int inGuest = 0;
        Task[] vcpus = StartVcpus(gate, Threads, () =>
        {
            Interlocked.Increment(ref inGuest);
            Thread.SpinWait(2000);
            Interlocked.Decrement(ref inGuest);
        });

        for (int i = 0; i < 200; i++)
        {
            gate.Hold(() => { });
            Assert.Equal(0, Volatile.Read(ref inGuest));
            Assert.True(gate.IsHeld);
            gate.Release();
        }

        gate.End(() => { });
        await Task.WhenAll(vcpus).WaitAsync(s_patience);
    }

    [Fact]
    public async Task End_sends_held_threads_home()
    {
        var gate = new RunGate(2);
        Task[] vcpus = StartVcpus(gate, 2, () => { });
        gate.Hold(() => { });

        gate.End(() => { });

        await Task.WhenAll(vcpus).WaitAsync(s_patience);
        Assert.False(gate.MayRun());
    }

    [Fact]
    public async Task End_sets_a_hold_free_that_waits_for_a_thread_that_never_comes()
    {
        var gate = new RunGate(1);
        Task hold = Task.Run(() => gate.Hold(() => { }));
        while (!gate.IsHeld)
        {
            await Task.Yield();
        }

        gate.End(() => { });

        await hold.WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_gate_closed_before_the_start_holds_threads_from_their_first_step()
    {
        var gate = new RunGate(1);
        gate.Close();
        int steps = 0;
        Task[] vcpus = StartVcpus(gate, 1, () => Interlocked.Increment(ref steps));
        await Task.Delay(50);
        Assert.Equal(0, Volatile.Read(ref steps));

        gate.Release();
        while (Volatile.Read(ref steps) == 0)
        {
            await Task.Yield();
        }

        gate.End(() => { });
        await Task.WhenAll(vcpus).WaitAsync(s_patience);
    }

    [Fact]
    public void The_kick_comes_after_the_state_it_tells_of()
    {
        var gate = new RunGate(0);
        bool heldAtKick = false;
        bool endedAtKick = false;

        gate.Hold(() => heldAtKick = gate.IsHeld);
        gate.End(() => endedAtKick = !gate.MayRun());

        Assert.True(heldAtKick);
        Assert.True(endedAtKick);
    }

    private static Task[] StartVcpus(RunGate gate, int count, Action step) =>
    [
        .. Enumerable.Range(0, count).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (gate.MayRun())
                {
                    step();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)),
    ];
}
