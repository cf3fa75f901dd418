using Kvm.Interop.Native;

namespace Kvm.Interop.Files;

/// <summary>The two ends of a pipe, closed on exec (pipe(7)).</summary>
/// <param name="Reader">Gives end of file when the last writer is gone.</param>
/// <param name="Writer">Gives EPIPE when the last reader is gone; the runtime ignores SIGPIPE.</param>
public readonly record struct Pipe(FileDescriptor Reader, FileDescriptor Writer) : IDisposable
{
    /// <summary>Makes a pipe.</summary>
    /// <param name="name">What it is for, for errors.</param>
    /// <exception cref="LinuxException">The process has no descriptors left (EMFILE).</exception>
    public static unsafe Pipe Create(string name)
    {
        int* ends = stackalloc int[2];
        Libc.Check(Libc.pipe2(ends, (int)OpenFlags.O_CLOEXEC), "pipe2", name);
        return new Pipe(new FileDescriptor(ends[0], name), new FileDescriptor(ends[1], name));
    }

    /// <summary>Closes both ends.</summary>
    public void Dispose()
    {
        Reader.Dispose();
        Writer.Dispose();
    }
}
