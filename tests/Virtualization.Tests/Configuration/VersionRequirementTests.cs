using Virtualization.Configuration;

namespace Virtualization.Tests.Configuration;

public class VersionRequirementTests
{
    [Theory]
    [InlineData("~1.0", true)]
    [InlineData("~1", true)]
    [InlineData("1", true)]
    [InlineData("^1.0.0", true)]
    [InlineData("=1.0.0", true)]
    [InlineData("1.0.*", true)]
    [InlineData("1.*", true)]
    [InlineData("*", true)]
    [InlineData(">=1.0, <2", true)]
    [InlineData("<=1", true)]
    [InlineData("~1.1", false)]
    [InlineData("1.0.1", false)]
    [InlineData("^0.9", false)]
    [InlineData(">1.0", false)]
    [InlineData("<1.0.0", false)]
    [InlineData("=2", false)]
    [InlineData(">=1.0, <1.0.0", false)]
    public void This_platform_is_1_0_0(string text, bool matches) => Assert.Equal(matches, VersionRequirement.Parse(text)!.Matches(VersionRequirement.Platform));

    [Theory]
    [InlineData("~1.2", "1.2.9", true)]
    [InlineData("~1.2", "1.3.0", false)]
    [InlineData("^1.2", "1.9.0", true)]
    [InlineData("^0.2", "0.3.0", false)]
    [InlineData("^0.0.3", "0.0.4", false)]
    [InlineData("1.2.*", "1.3.0", false)]
    public void Tilde_and_caret_mean_what_Cargo_means(string text, string version, bool matches) =>
        Assert.Equal(matches, VersionRequirement.Parse(text)!.Matches(Version.Parse(version)));

    [Theory]
    [InlineData("")]
    [InlineData("~")]
    [InlineData("1.0.0.0")]
    [InlineData("one")]
    [InlineData("1..0")]
    [InlineData("~*")]
    [InlineData("1,")]
    [InlineData("*.1")]
    [InlineData("=>1")]
    [InlineData("99999999999")]
    [InlineData("-1")]
    [InlineData("1.")]
    [InlineData(">=*")]
    [InlineData("1,,2")]
    [InlineData("*.*.*.*")]
    public void What_is_no_requirement_is_refused(string text) => Assert.Null(VersionRequirement.Parse(text));
}
