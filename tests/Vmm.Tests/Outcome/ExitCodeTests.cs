using Vmm.Outcome;
using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Outcome;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData(ExitCode.Stop, 0, 0)]
    [InlineData(ExitCode.Error, 1, 1)]
    [InlineData(ExitCode.Reset, 32, 0)]
    [InlineData(ExitCode.Crash, 33, 1)]
    [InlineData(ExitCode.GuestPanic, 34, 0)]
    [InlineData(ExitCode.InvalidArguments, 35, 35)]
    [InlineData(ExitCode.Watchdog, 36, 0)]
    public void How_the_guest_ended_is_told_with_extended_status_only(ExitCode code, int extended, int plain)
    {
        Assert.Equal(extended, code.ToStatus(extendedStatus: true));
        Assert.Equal(plain, code.ToStatus(extendedStatus: false));
    }

    [Theory]
    [InlineData(32, "--extended-status", "run", "Image")]
    [InlineData(32, "run", "--extended-status", "Image")]
    [InlineData(0, "run", "Image")]
    public void The_option_may_stand_before_or_after_the_command(int expected, params string[] args) =>
        Assert.Equal(expected, new CommandLineUnderTest { GuestEnd = ExitCode.Reset }.Invoke(args));

    [Fact]
    public void A_known_failure_is_its_own_line_and_an_unknown_one_is_called_a_bug()
    {
        Assert.Equal(new FailureReport("no kernel", ExitCode.InvalidArguments, IsBug: false), FailureReport.For(new InvalidOptionException("no kernel")));
        var bug = FailureReport.For(new InvalidOperationException("first\nsecond"));
        Assert.Equal(new FailureReport("this is a bug in vmm: InvalidOperationException: first second", ExitCode.Error, IsBug: true), bug);
    }
}
