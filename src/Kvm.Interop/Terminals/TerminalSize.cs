using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Terminals;

/// <summary>How many characters a terminal shows.</summary>
/// <param name="Columns">Characters in a line.</param>
/// <param name="Rows">Lines.</param>
public readonly record struct TerminalSize(ushort Columns, ushort Rows)
{
    /// <summary>Asks a terminal (TIOCGWINSZ).</summary>
    /// <returns>Null for what is no terminal, or for one that does not know its size.</returns>
    public static TerminalSize? Of(FileDescriptor descriptor)
    {
        winsize size = default;
        return Libc.Ioctl(descriptor, TerminalConstants.TIOCGWINSZ, ref size) == 0 && size is { ws_col: > 0, ws_row: > 0 }
            ? new TerminalSize(size.ws_col, size.ws_row)
            : null;
    }

    /// <summary>Tells a terminal (TIOCSWINSZ), which tells its foreground processes (SIGWINCH).</summary>
    /// <exception cref="LinuxException">ENOTTY when it is no terminal.</exception>
    public void Set(FileDescriptor terminal)
    {
        winsize size = new() { ws_col = Columns, ws_row = Rows };
        Libc.Check(Libc.Ioctl(terminal, TerminalConstants.TIOCSWINSZ, ref size), "TIOCSWINSZ", terminal);
    }
}
