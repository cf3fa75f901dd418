using System.Text;
using Vmm.Machine;

namespace Vmm.Tests.Machine;

public sealed class ProcStatTests
{
    private const string Line =
        "4711 (a b) c) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1000 200 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 1234 0 0";

    [Fact]
    public void Fields_are_counted_behind_a_command_that_holds_spaces_and_parentheses()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(7770), ProcStat.Jiffies(Encoding.ASCII.GetBytes(Line), ProcStat.StartTime));
        Assert.Equal(TimeSpan.FromMilliseconds(12340), ProcStat.Jiffies(Encoding.ASCII.GetBytes(Line), ProcStat.GuestTime));
    }

    [Theory]
    [InlineData("")]
    [InlineData("4711 (x")]
    [InlineData("4711 (x) S 1 2 3")]
    [InlineData("4711 (x) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 x7 1")]
    public void Text_without_the_field_has_no_time(string text) =>
        Assert.Null(ProcStat.Jiffies(Encoding.ASCII.GetBytes(text), ProcStat.StartTime));

    [Fact]
    public void The_kernel_tells_a_thread_its_guest_time()
    {
        using ThreadGuestTime time = ThreadGuestTime.OfCallingThread();

        Assert.Equal(TimeSpan.Zero, time.Read());
    }

    [Fact]
    public void This_process_is_older_than_nothing_and_younger_than_an_hour() =>
        Assert.InRange(ProcessAge.Now(), TimeSpan.FromTicks(1), TimeSpan.FromHours(1));
}
