using System.Diagnostics;
using Vmm.Control;
using Vmm.Machine;

namespace HostProbe.Machines;

/// <summary>A machine whose guest never leaves its vCPUs by itself is suspended and resumed while garbage is collected.</summary>
internal static class SuspendCheck
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    internal static void Run(CheckList checks, bool isProtected, int count, string kernel) => checks.Check($"{count} suspensions", () =>
    {
        using GuestRun guest = new(kernel, isProtected);
        guest.StartUntil("up");
        using CancellationTokenSource quiet = new();
        int before = GC.CollectionCount(0);
        Thread collector = new(() =>
        {
            while (!quiet.IsCancellationRequested)
            {
                GC.Collect();
                Thread.Sleep(1);
            }
        });
        collector.Start();
        TimeSpan slowest = TimeSpan.Zero;
        try
        {
            for (int i = 0; i < count; i++)
            {
                TimeSpan time = SuspendAndResume(guest.Machine, i);
                slowest = time > slowest ? time : slowest;
            }
        }
        finally
        {
            quiet.Cancel();
            collector.Join();
        }

        CheckList.Equal(VmExitReason.Stop, guest.Stop().Reason, "end of the machine");
        return $"all done, slowest {slowest.TotalMilliseconds:f1} ms, {GC.CollectionCount(0) - before} collections";
    });

    private static TimeSpan SuspendAndResume(Machine machine, int number)
    {
        long start = Stopwatch.GetTimestamp();
        using ManualResetEventSlim held = new();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                machine.Suspend();
                held.Set();
            },
            null);
        if (!held.Wait(s_patience))
        {
            throw new InvalidOperationException($"suspension {number + 1} was lost");
        }

        CheckList.Equal(VmState.Suspended, machine.Status.State, "state");
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        machine.Resume();
        CheckList.Equal(VmState.Running, machine.Status.State, "state");
        return time;
    }
}
