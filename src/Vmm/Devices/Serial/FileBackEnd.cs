using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Vmm.Devices.Serial;

/// <summary>A port that writes to a file and may read from another (<c>type=file</c>).</summary>
/// <remarks>As crosvm: the output is created or appended to, and a path in <c>/proc/self/fd</c> is that descriptor itself.</remarks>
public sealed class FileBackEnd : SerialBackEnd
{
    private const UnixFileMode NewFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite; // less the umask

    private readonly Action<LinuxException> _onWriteError;

    /// <param name="loop">Reads and writes.</param>
    /// <param name="path">Where output goes; null drops it.</param>
    /// <param name="inputPath">Where input comes from, to its end; null for none.</param>
    /// <param name="onWriteError">Told once when the output fails, after which it is dropped.</param>
    /// <exception cref="LinuxException">A file cannot be opened; ENXIO for a FIFO that nobody reads.</exception>
    public FileBackEnd(EventLoop loop, string? path, string? inputPath, Action<LinuxException> onWriteError)
        : base(loop)
    {
        _onWriteError = onWriteError;
        FileDescriptor? input = inputPath is null ? null : OpenInput(inputPath);
        try
        {
            Connect(input, path is null ? null : OpenOutput(path));
        }
        catch
        {
            input?.Dispose();
            throw;
        }
    }

    private protected override void OnOutputEnded(LinuxException? error)
    {
        base.OnOutputEnded(error);
        if (error is not null)
        {
            _onWriteError(error);
        }
    }

    private static FileDescriptor OpenOutput(string path) =>
        InheritedDescriptor.IsNamedBy(path, out int number)
            ? InheritedDescriptor.NonBlocking(number, OpenFlags.O_WRONLY)
            : PosixFile.Open(
                path,
                OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY,
                NewFileMode);

    private static FileDescriptor OpenInput(string path)
    {
        if (InheritedDescriptor.IsNamedBy(path, out int number))
        {
            return InheritedDescriptor.NonBlocking(number, OpenFlags.O_RDONLY);
        }

        PosixFile file = PosixFile.Open(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY);
        if (!InheritedDescriptor.IsPollable(file))
        {
            return file;
        }

        try
        {
            // A FIFO without a writer would be at its end at once; this way it has one and waits for others, again and again.
            PosixFile both = PosixFile.Open(path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY);
            file.Dispose();
            return both;
        }
        catch (LinuxException)
        {
            return file;
        }
    }
}
