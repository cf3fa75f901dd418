using System.Diagnostics;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Kvm.Interop.Tests.Events;

public class EpollTests
{
    private const ulong Token = 0xfedc_ba98_7654_3210;

    [Fact]
    public void A_ready_descriptor_comes_back_with_its_whole_token()
    {
        using Epoll epoll = new();
        using EventFd eventFd = new();
        epoll.Add(eventFd, EpollEvents.EPOLLIN, Token);
        EpollEntry[] ready = new EpollEntry[4];
        Assert.Equal(0, epoll.Wait(ready, 0));

        eventFd.Signal();

        Assert.Equal(1, epoll.Wait(ready, -1));
        Assert.Equal(new EpollEntry(EpollEvents.EPOLLIN, Token), ready[0]);
    }

    [Fact]
    public void Several_ready_descriptors_keep_their_own_tokens()
    {
        using Epoll epoll = new();
        EventFd[] eventFds = [.. Enumerable.Range(0, 10).Select(_ => new EventFd())];
        for (int i = 0; i < eventFds.Length; i++)
        {
            epoll.Add(eventFds[i], EpollEvents.EPOLLIN, Token + (ulong)i);
            eventFds[i].Signal();
        }

        EpollEntry[] ready = new EpollEntry[16];
        int count = epoll.Wait(ready, 0);

        Assert.Equal(Enumerable.Range(0, 10).Select(i => Token + (ulong)i), ready.Take(count).Select(r => r.Token).Order());
        Assert.All(eventFds, eventFd => eventFd.Dispose());
    }

    [Fact]
    public void A_short_span_gets_a_part_and_the_next_wait_the_rest()
    {
        using Epoll epoll = new();
        EventFd[] eventFds = [.. Enumerable.Range(0, 3).Select(_ => new EventFd())];
        foreach (EventFd eventFd in eventFds)
        {
            epoll.Add(eventFd, EpollEvents.EPOLLIN | EpollEvents.EPOLLET, 1);
            eventFd.Signal();
        }

        EpollEntry[] ready = new EpollEntry[2];

        Assert.Equal(2, epoll.Wait(ready, 0));
        Assert.Equal(1, epoll.Wait(ready, 0));
        Assert.Equal(0, epoll.Wait(ready, 0));
        Assert.All(eventFds, eventFd => eventFd.Dispose());
    }

    [Fact]
    public void A_removed_descriptor_is_silent_and_a_modified_one_has_its_new_token()
    {
        using Epoll epoll = new();
        using EventFd eventFd = new();
        EpollEntry[] ready = new EpollEntry[1];
        epoll.Add(eventFd, EpollEvents.EPOLLIN, 1);
        eventFd.Signal();

        epoll.Modify(eventFd, EpollEvents.EPOLLIN, 2);
        Assert.Equal(1, epoll.Wait(ready, 0));
        Assert.Equal(2UL, ready[0].Token);

        epoll.Remove(eventFd);
        Assert.Equal(0, epoll.Wait(ready, 0));
    }

    [Fact]
    public void A_descriptor_added_twice_is_refused_by_name()
    {
        using Epoll epoll = new();
        using EventFd eventFd = new("doorbell");
        epoll.Add(eventFd, EpollEvents.EPOLLIN, 1);

        Assert.Equal("EPOLL_CTL_ADD on doorbell: EEXIST (File exists)", Assert.Throws<LinuxException>(() => epoll.Add(eventFd, EpollEvents.EPOLLIN, 1)).Message);
    }

    [Fact]
    public void A_regular_file_cannot_be_watched()
    {
        string path = Path.GetTempFileName();
        using Epoll epoll = new();
        using PosixFile file = PosixFile.Open(path, OpenFlags.O_RDWR);
        File.Delete(path);

        Assert.Equal(Errno.EPERM, Assert.Throws<LinuxException>(() => epoll.Add(file, EpollEvents.EPOLLIN, 1)).Errno);
        Assert.False(epoll.TryAdd(file, EpollEvents.EPOLLIN, 1));
    }

    [Fact]
    public void A_wait_ends_after_its_time()
    {
        using Epoll epoll = new();
        Stopwatch watch = Stopwatch.StartNew();

        Assert.Equal(0, epoll.Wait(new EpollEntry[1], 30));
        Assert.InRange(watch.ElapsedMilliseconds, 29, 5000);
    }

    [Fact]
    public void Waiting_allocates_nothing()
    {
        using Epoll epoll = new();
        using EventFd eventFd = new();
        epoll.Add(eventFd, EpollEvents.EPOLLIN, 1);
        eventFd.Signal();
        EpollEntry[] ready = new EpollEntry[4];

        Assert.Equal(0, Allocations.OfThousand(() => epoll.Wait(ready, 0)));
    }
}
