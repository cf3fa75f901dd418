using System.Text;
using VirtualizationService.Permissions;

namespace VirtualizationService.Tests.Permissions;

public class PolicyTests
{
    private static readonly Caller s_plain = new(4711, 4711, [4711]);

    [Fact]
    public void The_policy_that_is_installed_is_the_default()
    {
        Policy installed = Policy.Load([Repository.Path("src/VirtualizationService/policy.json")]);

        Assert.Equivalent(new Policy(), installed);
    }

    [Fact]
    public void The_first_file_that_is_there_counts()
    {
        using TemporaryDirectory directory = new();
        string second = directory.Write("second", """{"maxVmsPerUser": 2}""");
        string third = directory.Write("third", """{"maxVmsPerUser": 3}""");

        Assert.Equal(2, Policy.Load([directory["first"], second, third]).MaxVmsPerUser);
        Assert.Equal(new Policy().MaxVmsPerUser, Policy.Load([directory["first"]]).MaxVmsPerUser);
    }

    [Theory]
    [InlineData("{\n  \"maxVmsPerUsr\": 3 }", "p.json:2:")]
    [InlineData("{\n\n \"dump\": [1]}", "p.json:3:")]
    [InlineData("{", "p.json:1:")]
    [InlineData("", "p.json:1:")]
    [InlineData("null", "p.json")]
    [InlineData("[]", "p.json:1:")]
    [InlineData("{\"dump\": null}", "p.json: a list is null")]
    [InlineData("{\"maxVmsPerUser\": 0}", "maxVmsPerUser must be 1")]
    [InlineData("{\"maxMemoryMibPerUser\": -1}", "maxMemoryMibPerUser must be 0")]
    [InlineData("{\"imageDirectories\": [\"images\"]}", "'images' is not an absolute path")]
    public void A_policy_that_is_not_good_is_refused_with_its_place(string json, string message)
    {
        RefusedException refusal = Assert.Throws<RefusedException>(() => Policy.Parse(Encoding.UTF8.GetBytes(json), "p.json"));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Comments_and_trailing_commas_are_taken() =>
        Assert.Equal(["wheel"], Policy.Parse("{ // who\n \"dump\": [\"wheel\",], }"u8, "p.json").Dump);

    [Fact]
    public void Root_may_everything_and_a_plain_user_nothing_without_a_group()
    {
        Policy policy = new() { UseCustomVirtualMachine = ["no-such-group-here"], Dump = [] };

        Assert.True(policy.AllowsCustomVirtualMachine(s_plain with { User = 0 }));
        Assert.True(policy.AllowsDump(s_plain with { User = 0 }));
        Assert.False(policy.AllowsCustomVirtualMachine(s_plain));
        Assert.False(policy.AllowsDump(s_plain));
    }

    [Fact]
    public void A_member_of_a_group_may_and_the_star_is_everybody()
    {
        uint daemon = UnixAccounts.GroupNumber("daemon") ?? throw new InvalidOperationException("this system has no group daemon");
        Policy policy = new() { UseCustomVirtualMachine = ["daemon"], Dump = ["*"] };

        Assert.True(policy.AllowsCustomVirtualMachine(s_plain with { Groups = [4711, daemon] }));
        Assert.False(policy.AllowsCustomVirtualMachine(s_plain));
        Assert.True(policy.AllowsDump(s_plain));
    }

    [Fact]
    public void Users_and_groups_are_those_of_the_system()
    {
        Assert.Equal("root", UnixAccounts.UserName(0));
        Assert.Equal(0u, UnixAccounts.PrimaryGroupOf(0));
        Assert.Equal("root", UnixAccounts.GroupName(0));
        Assert.Equal(0u, UnixAccounts.GroupNumber("root"));
        Assert.Contains(0u, UnixAccounts.GroupsOf(0));
        Assert.Contains(UnixAccounts.Group, UnixAccounts.Groups);
        Assert.Null(UnixAccounts.UserName(4_000_000_000));
        Assert.Null(UnixAccounts.GroupNumber("no-such-group-here"));
        Assert.Empty(UnixAccounts.GroupsOf(4_000_000_000));
    }
}
