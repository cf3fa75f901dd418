using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Virtualization;

/// <summary>A terminal for a VM's console, which <c>vm console</c> opens (AVF's host console).</summary>
/// <remarks>
/// Between guest and terminal are pipes: what nobody reads at the terminal is dropped, so that the guest never waits for it. This process holds the
/// user's end open as well: without it the other end would fail while nobody has it open, and its settings would go with the last user.
/// </remarks>
public sealed class HostConsole : IDisposable
{
    private const int BufferSize = 4096;
    private const int PollMilliseconds = 200;

    private readonly PseudoTerminal _terminal;
    private readonly FileDescriptor _userEnd;
    private readonly Pipe _output;
    private readonly Pipe _input;
    private readonly TerminalMode _mode;
    private volatile bool _ends;

    private HostConsole(PseudoTerminal terminal)
    {
        _terminal = terminal;
        _userEnd = terminal.OpenUserEnd();
        // Raw from the start: an echo of the guest's output would come back to it as input.
        _mode = TerminalMode.EnterRaw(_userEnd);
        _output = Pipe.Create("console output");
        _input = Pipe.Create("console input");
    }

    /// <summary>The terminal's path, for <see cref="VmInstance.SetHostConsoleNameAsync"/>.</summary>
    public string Path => _terminal.Path;

    /// <summary>The console's streams, for the VM.</summary>
    public VmStreams Streams => new(_output.Writer, _input.Reader);

    /// <summary>Makes a terminal and carries bytes between it and the streams until it is disposed.</summary>
    /// <exception cref="LinuxException">No terminal is left.</exception>
    public static HostConsole Open()
    {
        HostConsole console = new(PseudoTerminal.Open());
        console._terminal.Master.SetNonBlocking(true);
        console._input.Writer.SetNonBlocking(true);
        new Thread(() => console.Carry(console._output.Reader, console._terminal.Master)) { IsBackground = true, Name = "console out" }.Start();
        new Thread(() => console.Carry(console._terminal.Master, console._input.Writer)) { IsBackground = true, Name = "console in" }.Start();
        return console;
    }

    /// <summary>Closes the terminal; who has it open reads an end.</summary>
    public void Dispose()
    {
        _ends = true;
        _mode.Dispose();
        _userEnd.Dispose();
        _terminal.Dispose();
        _output.Dispose();
        _input.Dispose();
    }

    /// <summary>Looks for the end now and then: closing a descriptor wakes nobody who polls it.</summary>
    private void Carry(FileDescriptor from, FileDescriptor to)
    {
        Span<byte> buffer = stackalloc byte[BufferSize];
        try
        {
            while (!_ends)
            {
                if (!from.WaitReadable(PollMilliseconds))
                {
                    continue;
                }

                int count = from.Read(buffer);
                if (count == 0)
                {
                    return;
                }

                // A full terminal or pipe: nobody reads, and the bytes are lost on purpose.
                _ = count > 0 ? to.Write(buffer[..count]) : 0;
            }
        }
        catch (Exception end) when (end is LinuxException or ObjectDisposedException)
        {
            // One side is gone.
        }
    }
}
