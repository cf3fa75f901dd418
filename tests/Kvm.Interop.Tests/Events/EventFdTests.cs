using Kvm.Interop.Events;

namespace Kvm.Interop.Tests.Events;

public class EventFdTests
{
    [Fact]
    public void Signals_add_up_until_they_are_consumed()
    {
        using EventFd eventFd = new();
        Assert.False(eventFd.TryConsume());

        eventFd.Signal();
        eventFd.Signal();

        Assert.True(eventFd.TryConsume(out ulong count));
        Assert.Equal(2UL, count);
        Assert.False(eventFd.TryConsume(out count));
        Assert.Equal(0UL, count);
    }

    [Fact]
    public async Task A_signal_wakes_who_waits()
    {
        using EventFd eventFd = new();
        Assert.False(eventFd.WaitReadable(0));
        Task<bool> waiter = Task.Run(() => eventFd.WaitReadable(10_000));
        eventFd.Signal();

        Assert.True(await waiter);
    }

    [Fact]
    public void A_full_counter_takes_a_signal_without_blocking()
    {
        using EventFd eventFd = new();
        eventFd.WriteAll(BitConverter.GetBytes(ulong.MaxValue - 1));
        eventFd.Signal();

        Assert.True(eventFd.TryConsume(out ulong count));
        Assert.Equal(ulong.MaxValue - 1, count);
    }

    [Fact]
    public void A_disposed_eventfd_refuses_instead_of_writing_to_a_strangers_descriptor()
    {
        EventFd eventFd = new();
        eventFd.Dispose();

        Assert.Throws<ObjectDisposedException>(eventFd.Signal);
    }

    [Fact]
    public void Signalling_and_consuming_allocate_nothing()
    {
        using EventFd eventFd = new();
        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            eventFd.Signal();
            eventFd.TryConsume();
        }));
    }
}
