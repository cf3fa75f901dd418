namespace MicrodroidInit;

/// <summary>The system calls below the logic, and nothing that decides anything.</summary>
/// <remarks>
/// Where nothing else is said, a result below zero is a negative errno. Paths and other texts have no NUL at their end; one inside, or more than
/// <see cref="LinuxAbi.MaxPath"/> bytes, is EINVAL. An empty struct, so that the ahead-of-time compiler makes code for it alone.
/// </remarks>
public interface ISystem
{
    /// <summary>Milliseconds since some moment; they never go back.</summary>
    static abstract ulong Milliseconds { get; }

    /// <summary>mkdirat(2).</summary>
    static abstract int MakeDirectory(ReadOnlySpan<byte> path, uint mode);

    /// <summary>mount(2).</summary>
    /// <param name="source">The device, or a word for who reads the list of mounts.</param>
    /// <param name="target">Where to.</param>
    /// <param name="type">The file system; empty where the flags say that there is none.</param>
    /// <param name="flags">MS_… of <see cref="LinuxAbi"/>.</param>
    /// <param name="options">The file system's own options; may be empty.</param>
    static abstract int Mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags, ReadOnlySpan<byte> options);

    /// <summary>umount2(2) without flags.</summary>
    static abstract int Unmount(ReadOnlySpan<byte> target);

    /// <summary>chdir(2).</summary>
    static abstract int ChangeDirectory(ReadOnlySpan<byte> path);

    /// <summary>chroot(2).</summary>
    static abstract int ChangeRoot(ReadOnlySpan<byte> path);

    /// <summary>openat(2), always with O_CLOEXEC and O_NOCTTY.</summary>
    /// <param name="path">The file.</param>
    /// <param name="flags">O_… of <see cref="LinuxAbi"/>.</param>
    /// <returns>A descriptor.</returns>
    static abstract int Open(ReadOnlySpan<byte> path, int flags);

    /// <summary>close(2).</summary>
    static abstract void Close(int descriptor);

    /// <summary>read(2).</summary>
    /// <returns>Bytes read, which may be fewer than there is room for; 0 at the end.</returns>
    static abstract int Read(int descriptor, Span<byte> bytes);

    /// <summary>pread64(2).</summary>
    /// <returns>Bytes read, which may be fewer than there is room for; 0 at the end.</returns>
    static abstract int ReadAt(int descriptor, Span<byte> bytes, ulong offset);

    /// <summary>write(2).</summary>
    /// <returns>Bytes written, which may be fewer.</returns>
    static abstract int Write(int descriptor, ReadOnlySpan<byte> bytes);

    /// <summary>getdents64(2).</summary>
    /// <returns>Bytes of whole entries; 0 at the end.</returns>
    static abstract int ReadEntries(int descriptor, Span<byte> entries);

    /// <summary>ioctl(2) with a structure as its argument.</summary>
    static abstract int Control(int descriptor, uint request, Span<byte> argument);

    /// <summary>Waits until a serial port has sent what was written (tcdrain).</summary>
    static abstract int Drain(int descriptor);

    /// <summary>Brings the network interface lo up.</summary>
    static abstract int RaiseLoopback();

    /// <summary>Sleeps.</summary>
    static abstract void Sleep(uint milliseconds);

    /// <summary>Starts a program in a session of its own, without arguments, with no descriptors but the first three.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="environment">The variables, each with a NUL after it.</param>
    /// <param name="console">Becomes its standard input, output and error, and, where it is a terminal, the one that controls it.</param>
    /// <returns>Its process; it runs already.</returns>
    static abstract int Start(ReadOnlySpan<byte> program, ReadOnlySpan<byte> environment, int console);

    /// <summary>Waits for a signal that is meant for the first process: SIGCHLD, SIGTERM, SIGINT.</summary>
    /// <param name="milliseconds">The longest to wait; negative for as long as it takes.</param>
    /// <returns>The signal; 0 when there was none.</returns>
    static abstract int WaitForSignal(int milliseconds);

    /// <summary>wait4(2) for any child, without waiting.</summary>
    /// <param name="status">How it ended, as wait4 tells it.</param>
    /// <returns>A process that ended; 0 when all run; -ECHILD when there is none.</returns>
    static abstract int Reap(out int status);

    /// <summary>kill(2).</summary>
    static abstract int Kill(int process, int signal);

    /// <summary>sync(2).</summary>
    static abstract void Sync();
}
