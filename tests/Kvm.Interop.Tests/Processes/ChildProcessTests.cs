using System.Diagnostics;
using System.Text;
using Kvm.Interop.Files;
using Kvm.Interop.Processes;

namespace Kvm.Interop.Tests.Processes;

public sealed class ChildProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Pipe _output = Pipe.Create("output of a test");

    public void Dispose() => _output.Dispose();

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 36", 36)]
    [InlineData("exit 255", 255)]
    public void The_exit_status_is_told(string script, int status)
    {
        using ChildProcess child = ChildProcess.Start(Shell(script));

        Assert.Equal(new ChildExit(status, null), child.Wait());
        Assert.Equal(new ChildExit(status, null), child.Wait());
    }

    [Fact]
    public void A_signal_that_ended_it_is_told()
    {
        using ChildProcess child = ChildProcess.Start(Shell("kill -TERM $$"));

        Assert.Equal(new ChildExit(null, 15), child.Wait());
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error_of_the_start()
    {
        LinuxException failure = Assert.Throws<LinuxException>(() => ChildProcess.Start(new ChildProcessOptions("/nowhere/program", [])));

        Assert.Equal(Errno.ENOENT, failure.Errno);
        Assert.Contains("posix_spawn on /nowhere/program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_directory_and_environment_arrive()
    {
        string said = OutputOf(new ChildProcessOptions("/bin/sh", ["-c", "echo \"$1|$WORD|$(pwd)|$HOME\"", "name", "a b\"ü"])
        {
            WorkingDirectory = "/usr",
            Environment = new Dictionary<string, string> { ["WORD"] = "two words", ["PATH"] = "/usr/bin:/bin" },
        });

        Assert.Equal("a b\"ü|two words|/usr|\n", said);
    }

    [Fact]
    public void An_argument_with_a_NUL_is_refused() =>
        Assert.Throws<ArgumentException>(() => ChildProcess.Start(new ChildProcessOptions("/bin/true", ["a\0b"])));

    [Fact]
    public void A_descriptor_keeps_its_number_and_others_are_closed()
    {
        using MemFd given = Memory("given");
        using MemFd kept = Memory("kept");

        string said = OutputOf(Shell($"cat /proc/self/fd/{given.Number}; if [ -e /proc/self/fd/{kept.Number} ]; then echo open; else echo closed; fi") with
        {
            Descriptors = [new ChildDescriptor(given)],
        });

        Assert.Equal("givenclosed\n", said);
    }

    [Fact]
    public void Descriptors_that_swap_their_numbers_are_not_lost()
    {
        using MemFd first = Memory("first");
        using MemFd second = Memory("second");

        string said = OutputOf(Shell($"cat /proc/self/fd/{first.Number} /proc/self/fd/{second.Number}") with
        {
            Descriptors = [new ChildDescriptor(first, second.Number), new ChildDescriptor(second, first.Number)],
        });

        Assert.Equal("secondfirst", said);
    }

    [Fact]
    public void Two_descriptors_of_one_number_are_refused()
    {
        using MemFd first = Memory("first");
        using MemFd second = Memory("second");

        Assert.Throws<ArgumentException>(() => ChildProcess.Start(Shell("true") with
        {
            Descriptors = [new ChildDescriptor(first), new ChildDescriptor(second, first.Number)],
        }));
    }

    [Fact]
    public void Standard_input_and_error_are_what_was_given()
    {
        using MemFd input = Memory("typed");
        using var child = ChildProcess.Start(Shell("cat >&2") with { StandardInput = input, StandardError = _output.Writer });

        Assert.Equal("typed", ReadOutput(child));
    }

    [Fact]
    public void The_child_gets_signals_that_this_process_ignores()
    {
        // The runtime ignores SIGPIPE; a shell that inherited that could not end by it.
        using ChildProcess child = ChildProcess.Start(Shell("kill -PIPE $$; exit 3"));

        Assert.Equal(new ChildExit(null, 13), child.Wait());
    }

    [Fact]
    public void A_wait_has_an_end()
    {
        using ChildProcess child = ChildProcess.Start(Shell("sleep 60"));

        Assert.False(child.TryWait(TimeSpan.FromMilliseconds(20), out _));
    }

    [Fact]
    public void A_kill_reaches_the_group()
    {
        using ChildProcess child = ChildProcess.Start(Shell("sleep 60 & echo $!; wait") with { StandardOutput = _output.Writer, OwnProcessGroup = true });
        int grandchild = int.Parse(ReadLine(), System.Globalization.CultureInfo.InvariantCulture);

        child.Kill();

        Assert.Equal(new ChildExit(null, 9), child.Wait());
        Assert.True(IsGone(grandchild), "the child's own child lives on");
    }

    [Theory]
    [InlineData("trap '' TERM INT HUP; echo ready; sleep 60 & wait")]
    [InlineData("echo ready; kill -STOP $$")]
    public void A_child_that_dies_with_its_parent_is_killed_when_the_life_line_is_cut(string script)
    {
        using ChildProcess child = ChildProcess.Start(Shell(script) with { StandardOutput = _output.Writer, OwnProcessGroup = true, DiesWithParent = true });
        ReadLine();
        Assert.False(child.TryWait(TimeSpan.FromMilliseconds(20), out _));

        // What the kernel does when this process ends.
        child.Lifeline!.Dispose();

        Assert.True(child.TryWait(s_patience, out ChildExit exit), "the child lives on");
        Assert.Equal(new ChildExit(null, 9), exit);
    }

    [Fact]
    public void A_child_does_not_die_with_the_thread_that_started_it()
    {
        ChildProcess? started = null;
        Thread thread = new(() => started = ChildProcess.Start(Shell("echo ready; read -r word") with
        {
            StandardInput = _output.Reader,
            DiesWithParent = true,
        }));
        thread.Start();
        thread.Join();
        using ChildProcess child = started!;

        Assert.False(child.TryWait(TimeSpan.FromMilliseconds(100), out _));
        _output.Writer.WriteAll("end\n"u8);
        Assert.Equal(new ChildExit(0, null), child.Wait());
    }

    [Fact]
    public void Disposing_leaves_neither_process_nor_descriptor()
    {
        ChildProcess child = ChildProcess.Start(Shell("sleep 60"));
        int id = child.Id;

        child.Dispose();
        child.Dispose();

        Assert.False(Directory.Exists($"/proc/{id}"), "the process or its remains are still there");
    }

    private static ChildProcessOptions Shell(string script) => new("/bin/sh", ["-c", script]);

    private static MemFd Memory(string content)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(content);
        MemFd file = MemFd.Create(content, (ulong)bytes.Length);
        // At its place, not at the position, which the child shares.
        Assert.Equal(0, FileTransfer.WriteAll(file, bytes, 0));
        return file;
    }

    private static bool IsGone(int process)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_patience)
        {
            try
            {
                // A zombie (state Z) that init has not reaped yet is dead as well.
                string stat = File.ReadAllText($"/proc/{process}/stat");
                if (stat[(stat.LastIndexOf(')') + 2)..].StartsWith('Z'))
                {
                    return true;
                }
            }
            catch (IOException)
            {
                return true;
            }

            Thread.Sleep(5);
        }

        return false;
    }

    private string OutputOf(ChildProcessOptions options)
    {
        using ChildProcess child = ChildProcess.Start(options with { StandardOutput = _output.Writer });
        return ReadOutput(child);
    }

    private string ReadOutput(ChildProcess child)
    {
        _output.Writer.Dispose();
        StringBuilder text = new();
        byte[] buffer = new byte[256];
        for (int count = _output.Reader.Read(buffer); count > 0; count = _output.Reader.Read(buffer))
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        Assert.Equal(new ChildExit(0, null), child.Wait());
        return text.ToString();
    }

    private string ReadLine()
    {
        StringBuilder text = new();
        byte[] one = new byte[1];
        while (_output.Reader.WaitReadable((int)s_patience.TotalMilliseconds) && _output.Reader.Read(one) == 1 && one[0] != '\n')
        {
            text.Append((char)one[0]);
        }

        return text.ToString();
    }
}
