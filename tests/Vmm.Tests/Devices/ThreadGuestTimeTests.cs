using Kvm.Interop.Threads;
using Vmm.Devices;

namespace Vmm.Tests.Devices;

public sealed class ThreadGuestTimeTests
{
    private const string Before = "S 1 77 70 0 -1 4194304 100 0 0 0 55 44 0 0 20 0 1 0 12345 1000000 250 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0";

    [Theory]
    [InlineData("77 (vcpu0) " + Before + " 1234 0 1 2 3 4 5 6 0\n", 12.34)]
    [InlineData("77 (a) 1 (b c) " + Before + " 7 0 1\n", 0.07)]
    public void Field_43_is_the_guest_time_in_hundredths_of_a_second(string stat, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), ThreadGuestTime.Parse(System.Text.Encoding.ASCII.GetBytes(stat)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("77 (vcpu0")]
    [InlineData("77 (vcpu0) S 1 77")]
    [InlineData("77 (vcpu0) " + Before + " x")]
    public void A_file_without_that_field_tells_nothing(string stat)
    {
        Assert.Null(ThreadGuestTime.Parse(System.Text.Encoding.ASCII.GetBytes(stat)));
    }

    [Fact]
    public void The_calling_thread_has_run_no_guest_and_reading_that_allocates_nothing()
    {
        using ThreadGuestTime time = new(NativeThread.CurrentId);
        Assert.Equal(TimeSpan.Zero, time.Read());
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            time.Read();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_thread_that_has_ended_tells_nothing()
    {
        int id = 0;
        ThreadGuestTime? time = null;
        Thread thread = new(() =>
        {
            id = NativeThread.CurrentId;
            time = new ThreadGuestTime(id);
        });
        thread.Start();
        thread.Join();
        SpinWait.SpinUntil(() => !Directory.Exists($"/proc/self/task/{id}"), TimeSpan.FromSeconds(5));
        Assert.Null(time!.Read());
        Assert.Null(new ThreadGuestTime(id).Read());
        time.Dispose();
        Assert.Null(time.Read());
    }
}
