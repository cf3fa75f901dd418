using Vmm.Logging;
using Vmm.Outcome;

namespace Vmm.Tests.Logging;

public sealed class LogTests
{
    [Theory]
    [InlineData("info", "disk", LogLevel.Info, true)]
    [InlineData("info", "disk", LogLevel.Debug, false)]
    [InlineData("info,disk=warn", "disk", LogLevel.Info, false)]
    [InlineData("info,disk=warn", "disk", LogLevel.Warn, true)]
    [InlineData("info,disk=warn", "machine", LogLevel.Info, true)]
    [InlineData("disk=trace", "disk", LogLevel.Trace, true)]
    [InlineData("disk=trace", "machine", LogLevel.Info, true)]
    [InlineData("off", "machine", LogLevel.Error, false)]
    [InlineData("off,machine=error", "machine", LogLevel.Error, true)]
    [InlineData("debug,disk=off", "disk", LogLevel.Error, false)]
    [InlineData("warn,trace", "disk", LogLevel.Trace, true)]
    [InlineData("disk=off,disk=debug", "disk", LogLevel.Debug, true)]
    public void A_level_holds_for_all_parts_but_those_that_have_their_own(string levels, string part, LogLevel level, bool expected) =>
        Assert.Equal(expected, LogFilter.Parse(levels).Allows(part, level));

    [Theory]
    [InlineData("")]
    [InlineData("loud")]
    [InlineData("info,")]
    [InlineData("disk=")]
    [InlineData("INFO")]
    public void A_level_that_does_not_exist_is_refused(string levels) => Assert.Throws<InvalidOptionException>(() => LogFilter.Parse(levels));

    [Fact]
    public void A_message_below_its_level_costs_no_memory_and_evaluates_nothing()
    {
        var evaluated = 0;
        int Count() => ++evaluated;
        Assert.Equal(0, Allocations.OfThousand(() => Log.Write(LogLevel.Trace, "test", $"never written {evaluated} {Count()}")));
        Assert.Equal(0, evaluated);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\nb", @"a\x0ab")]
    [InlineData("\u001b[2J", @"\x1b[2J")]
    [InlineData("\u009b", @"\x9b")]
    [InlineData("ümläut", "ümläut")]
    public void Foreign_text_is_made_one_harmless_line(string text, string expected) => Assert.Equal(expected, OneLine.From(text));

    [Fact]
    public void Foreign_text_is_bounded() => Assert.Equal(2001, OneLine.From(new string('x', 1 << 20)).Length);
}
