using System.Text;
using Integration.Guests;
using Integration.Hosts;

namespace Integration.Console;

/// <summary>The console on a terminal and on pipes.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class ConsoleTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Prompt = "~ # ";
    private const string CtrlA = "\x01";
    private const string CtrlC = "\x03";

    [Fact]
    public async Task A_person_at_the_terminal_types_interrupts_and_leaves()
    {
        await using HostProcess terminal = await new LinuxGuest("").StartOnTerminal(
            Work, before: "stty rows 31 cols 117; stty -g", after: "echo left with $?; stty -g");
        int at = await terminal.Expect(Prompt);

        // The shell's echo of what is typed has the quotes, its output has not.
        at = await Type(terminal, "echo hel''lo; stty size\r", "hello\r\n31 117", at);
        at = await terminal.Expect(Prompt, at);
        at = await Type(terminal, "sh -c 'echo th''ere; exec cat'\r", "there\r\n", at);
        at = await Type(terminal, "one line\r", "one line\r\none line\r\n", at);

        await terminal.Write(CtrlC);
        at = await terminal.Expect(Prompt, at);
        at = await Type(terminal, "echo st''atus $?\r", "status 130", at);
        at = await terminal.Expect(Prompt, at);

        await terminal.Write(CtrlA + "h");
        at = await terminal.Expect("Ctrl-A x       end the virtual machine", at);
        at = await Type(terminal, "sh -c 'echo ag''ain; exec cat -v'\r", "again\r\n", at);
        at = await Type(terminal, $"{CtrlA}{CtrlA}b\r", "^Ab\r\n^Ab\r\n", at);

        await terminal.Write(CtrlA + "x");
        at = await terminal.Expect("left with 0\r\n", at);
        CommandResult ended = await terminal.End(TimeSpan.FromSeconds(30));

        string[] lines = ended.Text.Trim().Split('\n');
        Assert.Equal(lines[0], lines[^1]);
    }

    [Fact]
    public async Task A_shell_that_ends_powers_the_guest_off_and_gives_the_terminal_back()
    {
        await using HostProcess terminal = await new LinuxGuest("").StartOnTerminal(Work, before: "stty -g", after: "echo left with $?; stty -g");
        await terminal.Expect(Prompt);

        await terminal.Write("exit 0\r");
        await terminal.Expect("left with 0\r\n");
        CommandResult ended = await terminal.End(TimeSpan.FromSeconds(30));

        string[] lines = ended.Text.Trim().Split('\n');
        Assert.Equal(lines[0], lines[^1]);
    }

    [Fact]
    public async Task What_is_pasted_comes_back_unchanged()
    {
        // Far more than all queues hold together; under emulation each byte takes three exits of a tenth of a millisecond.
        int size = Work.Host.IsEmulated ? 24 << 10 : 1 << 20;
        byte[] bytes = new byte[size];
        new Random(1).NextBytes(bytes);
        bytes.AsSpan().Replace((byte)4, (byte)5); // Ctrl-D is the end
        string text = Encoding.Latin1.GetString(bytes);

        CommandResult run = await Work.Run("./vmm run guests/echo.img", text + "\x04");

        run.ShouldExitWith(0);
        Assert.Equal("ready\n", run.Output[..6]);
        Assert.True(text == run.Output[6..], $"{run.Output.Length - 6} of {size} bytes came back, the first difference at {FirstDifference(text, run.Output[6..])}");
    }

    [Fact]
    public async Task A_guest_reads_its_commands_from_a_pipe_to_the_end()
    {
        LinuxRun run = await new LinuxGuest("for i in 1 2 3; do echo line $i; done; false").Run(Work);

        run.ShouldEndWith(1);
        Assert.Equal("line 1\nline 2\nline 3\n", run.Console);
    }

    private static async Task<int> Type(HostProcess terminal, string text, string answer, int at)
    {
        await terminal.Write(text);
        return await terminal.Expect(answer, at);
    }

    private static int FirstDifference(string expected, string actual) =>
        Enumerable.Range(0, Math.Min(expected.Length, actual.Length)).FirstOrDefault(i => expected[i] != actual[i], Math.Min(expected.Length, actual.Length));
}
