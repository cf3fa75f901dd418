using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;
using Kvm.Interop.Terminals;

namespace Vmm.Devices.Serial;

/// <summary>A port on standard output, and on standard input where the user asked for it (<c>type=stdout</c>).</summary>
/// <remarks>Where standard input is a terminal it is in raw mode and <see cref="ConsoleEscape"/> listens.</remarks>
public sealed class StandardStreamsBackEnd : SerialBackEnd
{
    // How soon a background job notices that it was brought to the foreground: a shell sends no signal to a job that runs.
    private static readonly TimeSpan s_backgroundCheck = TimeSpan.FromSeconds(1);

    private readonly ConsoleTerminal? _terminal;
    private readonly ConsoleEscape? _escape;
    private readonly LoopTask? _resume;
    private readonly ITimer? _background;
    private readonly FileDescriptor _output;
    private PosixSignalRegistration? _sizeChanged;

    /// <param name="loop">Reads and writes.</param>
    /// <param name="useInput">Standard input goes to the guest.</param>
    /// <param name="quit">Ends the virtual machine; called on the loop's thread for Ctrl-A x.</param>
    /// <exception cref="LinuxException">A stream is closed (EBADF).</exception>
    public StandardStreamsBackEnd(EventLoop loop, bool useInput, Action quit)
        : base(loop)
    {
        FileDescriptor output = _output = InheritedDescriptor.NonBlocking(1, OpenFlags.O_WRONLY);
        FileDescriptor? input = useInput ? InheritedDescriptor.NonBlocking(0, OpenFlags.O_RDONLY) : null;
        if (input is not null && TerminalMode.IsTerminal(input))
        {
            _resume = loop.CreateTask(ResumeInput);
            _background = loop.Time.CreateTimer(_ => ResumeInput(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _terminal = new ConsoleTerminal(FileDescriptor.StandardInput, _resume.Schedule);
            _escape = new ConsoleEscape(quit, () => ShowHelp(output));
        }

        Connect(input, output);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _sizeChanged?.Dispose();
        _terminal?.Dispose();
        _resume?.Dispose();
        _background?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    internal override bool HasSize => TerminalSize.Of(_output) is not null;

    /// <inheritdoc/>
    internal override void WatchSize(Action<TerminalSize> changed)
    {
        _sizeChanged = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => TellSize(changed));
        TellSize(changed);
    }

    private protected override bool MayRead()
    {
        if (_terminal is null || ForegroundJob.IsThisProcess())
        {
            return true;
        }

        PauseInput();
        _background!.Change(s_backgroundCheck, Timeout.InfiniteTimeSpan);
        return false;
    }

    private protected override int Filter(Span<byte> bytes) => _escape?.Filter(bytes) ?? bytes.Length;

    private static void ShowHelp(FileDescriptor output)
    {
        try
        {
            output.Write(ConsoleEscape.HelpText);
        }
        catch (LinuxException)
        {
            // nobody sees the output; the next write of the port deals with it
        }
    }

    private void TellSize(Action<TerminalSize> changed)
    {
        try
        {
            if (TerminalSize.Of(_output) is { } size)
            {
                changed(size);
            }
        }
        catch (ObjectDisposedException)
        {
            // A signal that came with the end of the machine.
        }
    }

    private void ResumeInput()
    {
        _terminal!.Take();
        Pump();
    }
}
