using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Terminals;

/// <summary>How much text a terminal shows.</summary>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Rows">Lines.</param>
public readonly record struct TerminalSize(int Columns, int Rows)
{
    /// <summary>Asks a terminal (TIOCGWINSZ).</summary>
    /// <exception cref="LinuxException">ENOTTY when it is no terminal.</exception>
    public static TerminalSize Of(FileDescriptor terminal)
    {
        winsize size = default;
        Libc.Check(Libc.Ioctl(terminal, TerminalConstants.TIOCGWINSZ, ref size), "TIOCGWINSZ", terminal);
        return new TerminalSize(size.ws_col, size.ws_row);
    }

    /// <summary>Tells a pseudo-terminal, whose other side gets SIGWINCH (TIOCSWINSZ).</summary>
    /// <exception cref="LinuxException">ENOTTY when it is no terminal.</exception>
    public void ApplyTo(FileDescriptor terminal)
    {
        winsize size = new() { ws_col = (ushort)Columns, ws_row = (ushort)Rows };
        Libc.Check(Libc.Ioctl(terminal, TerminalConstants.TIOCSWINSZ, ref size), "TIOCSWINSZ", terminal);
    }
}
