namespace Vmm.Tests.Devices.Serial;

/// <summary>The console on a real terminal, in a process of its own.</summary>
public sealed class ConsoleTerminalTests
{
    [Fact]
    public void The_console_is_raw_and_Ctrl_A_x_ends_it_with_all_output_and_the_terminal_restored()
    {
        using ConsoleProcess console = new();
        Assert.NotEqual(console.Before, console.Settings());
        console.Type("hello\x03\x1a\r");
        console.Expect("hello\x03\x1a\r"); // Ctrl-C and Ctrl-Z are the guest's
        console.Type("\x01h");
        console.Expect("Ctrl-A x       end the virtual machine\r\n");
        console.Type("\x01\x01!");
        console.Expect("\x01!");
        console.Type("\x01x");
        Assert.Equal(0, console.ExitCode());
        console.Expect("last words\r\n");
        Assert.Equal(console.Before, console.Settings());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public void A_signal_that_ends_the_process_leaves_the_terminal_restored(string signal)
    {
        using ConsoleProcess console = new();
        console.Signal(signal);
        Assert.NotEqual(0, console.ExitCode());
        Assert.Equal(console.Before, console.Settings());
    }

    [Theory]
    [InlineData("E")]
    [InlineData("T")]
    public void Exit_and_an_unhandled_exception_leave_the_terminal_restored(string key)
    {
        using ConsoleProcess console = new();
        console.Type(key);
        Assert.NotEqual(0, console.ExitCode());
        Assert.Equal(console.Before, console.Settings());
    }

    [Fact]
    public void A_stop_gives_the_terminal_back_and_going_on_takes_it_again()
    {
        using ConsoleProcess console = new();
        string raw = console.Settings();
        console.Signal("TSTP");
        SerialPortHarness.Until(() => console.Settings() == console.Before, "the terminal was not given back");
        console.Signal("CONT");
        SerialPortHarness.Until(() => console.Settings() == raw, "the terminal was not taken again");
        console.Type("still here");
        console.Expect("still here");
    }
}
