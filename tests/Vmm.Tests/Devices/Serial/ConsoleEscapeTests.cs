using System.Text;
using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

public sealed class ConsoleEscapeTests
{
    private readonly ConsoleEscape _escape;
    private int _quits;
    private int _helps;

    public ConsoleEscapeTests() => _escape = new ConsoleEscape(() => _quits++, () => _helps++);

    private string Type(string keys)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(keys);
        return Encoding.ASCII.GetString(bytes, 0, _escape.Filter(bytes));
    }

    [Theory]
    [InlineData("ls -l\r", "ls -l\r")]
    [InlineData("a\x01\x01z", "a\x01z")]
    [InlineData("a\x01qz", "az")]
    [InlineData("x\x01\x01x", "x\x01x")]
    public void Only_what_follows_Ctrl_A_is_taken_out(string typed, string expected)
    {
        Assert.Equal(expected, Type(typed));
        Assert.Equal((0, 0), (_quits, _helps));
    }

    [Fact]
    public void The_commands_work_also_when_the_keys_come_one_by_one()
    {
        Assert.Equal("", Type("\x01"));
        Assert.Equal("", Type("h"));
        Assert.Equal((0, 1), (_quits, _helps));
        Assert.Equal("", Type("\x01"));
        Assert.Equal("y", Type("xy"));
        Assert.Equal((1, 1), (_quits, _helps));
    }

    [Fact]
    public void What_is_before_and_behind_a_command_reaches_the_guest()
    {
        Assert.Equal("beforeafter", Type("before\x01?after"));
        Assert.Equal(1, _helps);
    }
}
