using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Terminals;

/// <summary>What only serial lines and terminals can.</summary>
public static class SerialLine
{
    /// <summary>Waits until everything that was written has left (tcdrain(3)).</summary>
    /// <exception cref="LinuxException">It is no terminal (ENOTTY), or it has hung up (EIO).</exception>
    public static void Drain(FileDescriptor line) => Libc.Check(Libc.Ioctl(line, TerminalConstants.TCSBRK, (nuint)1), "TCSBRK", line);
}
