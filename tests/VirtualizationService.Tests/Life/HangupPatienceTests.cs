using VirtualizationService.Life;

namespace VirtualizationService.Tests.Life;

public class HangupPatienceTests
{
    [Theory]
    [InlineData(null, false, 30)]
    [InlineData(null, true, 300)]
    [InlineData("", true, 300)]
    [InlineData("7", true, 7)]
    public void A_guest_has_30_seconds_and_300_on_a_host_that_is_a_VM(string? variable, bool isNested, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), HangupPatience.Of(variable, () => isNested));

    [Fact]
    public void Zero_waits_for_ever() => Assert.Equal(Timeout.InfiniteTimeSpan, HangupPatience.Of("0", static () => false));

    [Theory]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("999999999")]
    public void What_is_no_number_of_seconds_is_refused(string text)
    {
        RefusedException refusal = Assert.Throws<RefusedException>(() => HangupPatience.Of(text, static () => false));
        Assert.Contains($"VMM_HANGUP_SECONDS: '{text}'", refusal.Message, StringComparison.Ordinal);
    }
}
