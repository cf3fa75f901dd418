using System.Diagnostics;

namespace HostProbe;

/// <summary>MMIO exits in a row: none is lost or seen twice, and they allocate nothing.</summary>
internal static class ExitCheck
{
    internal static void Run(CheckList checks, bool isProtected, int count) => checks.Check($"{count} exits", () =>
    {
        using ProbeVm probe = new(isProtected, GuestCode.StoreForEver);
        GuestThread guest = new(probe.Vcpu);
        long start = Stopwatch.GetTimestamp();
        guest.Start();
        while (guest.Exits < count && guest.IsAlive)
        {
            Thread.Sleep(1);
        }

        TimeSpan time = Stopwatch.GetElapsedTime(start);
        CheckList.Equal(true, guest.Stop(), "thread ended");
        CheckList.Equal(null, guest.Failure, "failure");
        CheckList.Equal(0L, guest.AllocatedBytes, "bytes allocated by the run loop");
        return $"{time.TotalMicroseconds / count:f1} us each, nothing allocated";
    });
}
