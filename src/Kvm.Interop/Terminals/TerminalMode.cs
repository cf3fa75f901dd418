using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Terminals;

/// <summary>A terminal in raw mode, put back as it was when this is disposed.</summary>
/// <remarks>
/// Raw: each byte is delivered at once, nothing is echoed or translated, Ctrl-C is a byte and no signal. <see cref="Dispose"/> may be called from
/// any thread and more than once, so an exit handler can call it too. The runtime changes the same terminal when <see cref="Console"/> reads keys or
/// processes are started: a program in raw mode does neither.
/// </remarks>
public sealed class TerminalMode : IDisposable
{
    private readonly FileDescriptor _terminal;
    private readonly termios _saved;
    private int _restored;

    private TerminalMode(FileDescriptor terminal, in termios saved)
    {
        _terminal = terminal;
        _saved = saved;
    }

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(FileDescriptor descriptor)
    {
        termios current = default;
        return Libc.Ioctl(descriptor, TerminalConstants.TCGETS, ref current) == 0;
    }

    /// <summary>Puts a terminal into raw mode.</summary>
    /// <param name="terminal">Stays open until the mode is restored.</param>
    /// <exception cref="LinuxException">ENOTTY when it is no terminal.</exception>
    public static TerminalMode EnterRaw(FileDescriptor terminal)
    {
        termios current = default;
        Libc.Check(Libc.Ioctl(terminal, TerminalConstants.TCGETS, ref current), "TCGETS", terminal);
        TerminalMode mode = new(terminal, current);
        Set(terminal, Raw(current));
        return mode;
    }

    /// <summary>Gives the terminal back as it was found, once what was written to it has gone out.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _restored, 1) == 0)
        {
            // A terminal that has gone away (EIO) needs nothing restored, and this runs on every way out of the program: it does not throw.
            termios saved = _saved;
            _ = Libc.Ioctl(_terminal, TerminalConstants.TCSETSW, ref saved);
        }
    }

    /// <summary>The settings that cfmakeraw(3) documents.</summary>
    private static unsafe termios Raw(termios settings)
    {
        settings.c_iflag &= ~(TerminalConstants.IGNBRK | TerminalConstants.BRKINT | TerminalConstants.PARMRK | TerminalConstants.ISTRIP
            | TerminalConstants.INLCR | TerminalConstants.IGNCR | TerminalConstants.ICRNL | TerminalConstants.IXON);
        settings.c_oflag &= ~TerminalConstants.OPOST;
        settings.c_lflag &= ~(TerminalConstants.ECHO | TerminalConstants.ECHONL | TerminalConstants.ICANON | TerminalConstants.ISIG
            | TerminalConstants.IEXTEN);
        settings.c_cflag = (settings.c_cflag & ~(TerminalConstants.CSIZE | TerminalConstants.PARENB)) | TerminalConstants.CS8;
        settings.c_cc[TerminalConstants.VMIN] = 1;
        settings.c_cc[TerminalConstants.VTIME] = 0;
        return settings;
    }

    private static void Set(FileDescriptor terminal, termios settings) =>
        Libc.Check(Libc.Ioctl(terminal, TerminalConstants.TCSETSW, ref settings), "TCSETSW", terminal);
}
