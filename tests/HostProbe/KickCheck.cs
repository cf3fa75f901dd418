using System.Diagnostics;

namespace HostProbe;

/// <summary>A vCPU that never leaves the guest by itself comes out for every kick, in quiet and while garbage is collected.</summary>
internal static class KickCheck
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    internal static void Run(CheckList checks, bool isProtected, int count)
    {
        checks.Check($"{count} kicks in quiet", () => Kick(isProtected, count));
        checks.Check($"{count} kicks while garbage is collected", () =>
        {
            using CancellationTokenSource quiet = new();
            Thread collector = new(() =>
            {
                // A pause between collections, or the threads that wait for their end would never run.
                while (!quiet.IsCancellationRequested)
                {
                    GC.Collect();
                    Thread.Sleep(1);
                }
            });
            collector.Start();
            int before = GC.CollectionCount(0);
            try
            {
                return $"{Kick(isProtected, count)}, {GC.CollectionCount(0) - before} collections";
            }
            finally
            {
                quiet.Cancel();
                collector.Join();
            }
        });
    }

    private static string Kick(bool isProtected, int count)
    {
        using ProbeVm probe = new(isProtected, GuestCode.Spin);
        GuestThread guest = new(probe.Vcpu);
        guest.Start();
        long[] times = new long[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            guest.Ask(i + 1);
            while (guest.Answer != i + 1)
            {
                if (!guest.IsAlive || Stopwatch.GetElapsedTime(start) > s_patience)
                {
                    throw new InvalidOperationException($"kick {i + 1} was lost; {guest.Failure}");
                }

                Thread.Yield();
            }

            times[i] = Stopwatch.GetTimestamp() - start;
        }

        CheckList.Equal(true, guest.Stop(), "thread ended");
        CheckList.Equal(0L, guest.AllocatedBytes, "bytes allocated by the run loop");
        Array.Sort(times);
        double Microseconds(int rank) => Stopwatch.GetElapsedTime(0, times[rank]).TotalMicroseconds;
        return $"all answered, {guest.Interruptions} interruptions, median {Microseconds(count / 2):f0} us, "
            + $"99 % {Microseconds(count * 99 / 100):f0} us, slowest {Microseconds(count - 1):f0} us";
    }
}
