using System.Runtime.InteropServices;
using Kvm.Interop.Events;
using Kvm.Interop.Native;

namespace Kvm.Interop.Tests.Events;

public class SignalEventsTests
{
    private const int SIGTERM = 15;
    private const int SIGHUP = 1;

    [Fact]
    public void Signals_of_the_process_raise_the_eventfd_and_are_taken_one_by_one()
    {
        using SignalEvents signals = new(PosixSignal.SIGHUP, PosixSignal.SIGTERM);
        Assert.False(signals.TryTake(out _));

        Libc.tgkill(Environment.ProcessId, Environment.ProcessId, SIGHUP);
        Libc.tgkill(Environment.ProcessId, Environment.ProcessId, SIGTERM);

        HashSet<PosixSignal> taken = [];
        while (taken.Count < 2)
        {
            Assert.True(signals.Event.WaitReadable(10_000));
            signals.Event.TryConsume();
            while (signals.TryTake(out PosixSignal signal))
            {
                taken.Add(signal);
            }
        }

        Assert.Equal([PosixSignal.SIGHUP, PosixSignal.SIGTERM], taken.OrderDescending());
    }
}
