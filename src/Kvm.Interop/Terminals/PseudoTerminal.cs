using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Terminals;

/// <summary>A new terminal whose other end this process holds (pty(7)).</summary>
public sealed class PseudoTerminal : IDisposable
{
    private PseudoTerminal(PosixFile master, string path)
    {
        Master = master;
        Path = path;
    }

    /// <summary>This process's end: what is written here is typed input to the terminal's user. Reads give EIO while nobody has the other end open.</summary>
    public FileDescriptor Master { get; }

    /// <summary>The terminal's path, <c>/dev/pts/N</c>, for another program to open.</summary>
    public string Path { get; }

    /// <summary>Makes a terminal.</summary>
    /// <exception cref="LinuxException">There is no /dev/ptmx, or no terminal is left (ENOSPC).</exception>
    public static PseudoTerminal Open()
    {
        PosixFile master = PosixFile.Open("/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        try
        {
            int locked = 0;
            Libc.Check(Libc.Ioctl(master, TerminalConstants.TIOCSPTLCK, ref locked), "TIOCSPTLCK", master);
            uint number = 0;
            Libc.Check(Libc.Ioctl(master, TerminalConstants.TIOCGPTN, ref number), "TIOCGPTN", master);
            return new PseudoTerminal(master, $"/dev/pts/{number}");
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>Opens the user's end in this process, also where <see cref="Path"/> is out of reach (TIOCGPTPEER).</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public FileDescriptor OpenUserEnd()
    {
        const nuint Flags = (nuint)(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC);
        return new FileDescriptor(Libc.Check(Libc.Ioctl(Master, TerminalConstants.TIOCGPTPEER, Flags), "TIOCGPTPEER", Path), Path);
    }

    /// <inheritdoc/>
    public void Dispose() => Master.Dispose();
}
