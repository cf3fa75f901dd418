using Vmm.Machine;

namespace Vmm.Tests.Machine;

public sealed class BesideWorkTests
{
    [Fact]
    public void Who_joins_sees_what_was_done_and_fails_as_it_did()
    {
        int done = 0;
        using BesideWork good = new("good", () => done = 1);
        good.Join();
        Assert.Equal(1, done);

        using BesideWork bad = new("bad", static () => throw new LayoutException("it became shorter"));
        Assert.Equal("it became shorter", Assert.Throws<LayoutException>(bad.Join).Message);
    }

    /// <summary>It writes into memory that is given back next.</summary>
    [Fact]
    public void It_has_ended_when_its_maker_goes_on_after_another_failure()
    {
        using ManualResetEventSlim begun = new(), goOn = new();
        bool ended = false;
        BesideWork work = new("slow", () =>
        {
            begun.Set();
            goOn.Wait();
            Thread.Sleep(50);
            ended = true;
            throw new LayoutException("nobody asks");
        });
        begun.Wait();
        goOn.Set();
        work.Dispose();
        Assert.True(ended);
    }
}
