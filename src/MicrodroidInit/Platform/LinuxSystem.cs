using System.Buffers.Binary;

namespace MicrodroidInit.Platform;

/// <summary>The kernel itself.</summary>
public readonly unsafe partial struct LinuxSystem : ISystem
{
    private const int AtFdcwd = -100;
    private const int OpenFlags = 0x80000 | 0x100; // O_CLOEXEC, O_NOCTTY
    private const int ClockMonotonic = 1;

    /// <inheritdoc/>
    public static ulong Milliseconds
    {
        get
        {
            Span<byte> time = stackalloc byte[16];
            Kernel.Call(SystemCallNumber.ClockGettime, ClockMonotonic, Kernel.Address(time));
            return (BinaryPrimitives.ReadUInt64LittleEndian(time) * 1000) + (BinaryPrimitives.ReadUInt64LittleEndian(time[8..]) / 1_000_000);
        }
    }

    /// <inheritdoc/>
    public static int MakeDirectory(ReadOnlySpan<byte> path, uint mode)
    {
        Span<byte> room = stackalloc byte[Kernel.PathRoom];
        return Kernel.Terminate(path, room)
            ? (int)Kernel.Call(SystemCallNumber.Mkdirat, AtFdcwd, Kernel.Address(room), (nint)mode)
            : -LinuxAbi.EINVAL;
    }

    /// <inheritdoc/>
    public static int Mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, ReadOnlySpan<byte> type, ulong flags, ReadOnlySpan<byte> options)
    {
        Span<byte> sourceRoom = stackalloc byte[Kernel.PathRoom];
        Span<byte> targetRoom = stackalloc byte[Kernel.PathRoom];
        Span<byte> typeRoom = stackalloc byte[Kernel.PathRoom];
        Span<byte> optionsRoom = stackalloc byte[Kernel.PathRoom];
        if (!Kernel.Terminate(source, sourceRoom) || !Kernel.Terminate(target, targetRoom) || !Kernel.Terminate(type, typeRoom) ||
            !Kernel.Terminate(options, optionsRoom))
        {
            return -LinuxAbi.EINVAL;
        }

        return (int)Kernel.Call(
            SystemCallNumber.Mount, Kernel.Address(sourceRoom), Kernel.Address(targetRoom), Kernel.Address(typeRoom), (nint)flags, Kernel.Address(optionsRoom));
    }

    /// <inheritdoc/>
    public static int Unmount(ReadOnlySpan<byte> target) => OnPath(SystemCallNumber.Umount2, target);

    /// <inheritdoc/>
    public static int ChangeDirectory(ReadOnlySpan<byte> path) => OnPath(SystemCallNumber.Chdir, path);

    /// <inheritdoc/>
    public static int ChangeRoot(ReadOnlySpan<byte> path) => OnPath(SystemCallNumber.Chroot, path);

    /// <inheritdoc/>
    public static int Open(ReadOnlySpan<byte> path, int flags)
    {
        Span<byte> room = stackalloc byte[Kernel.PathRoom];
        return Kernel.Terminate(path, room)
            ? (int)Kernel.Call(SystemCallNumber.Openat, AtFdcwd, Kernel.Address(room), flags | OpenFlags)
            : -LinuxAbi.EINVAL;
    }

    /// <inheritdoc/>
    public static void Close(int descriptor) => Kernel.Call(SystemCallNumber.Close, descriptor);

    /// <inheritdoc/>
    public static int Read(int descriptor, Span<byte> bytes) =>
        (int)Kernel.Call(SystemCallNumber.Read, descriptor, Kernel.Address(bytes), bytes.Length);

    /// <inheritdoc/>
    public static int ReadAt(int descriptor, Span<byte> bytes, ulong offset) =>
        (int)Kernel.Call(SystemCallNumber.Pread64, descriptor, Kernel.Address(bytes), bytes.Length, (nint)offset);

    /// <inheritdoc/>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes) =>
        (int)Kernel.Call(SystemCallNumber.Write, descriptor, Kernel.Address(bytes), bytes.Length);

    /// <inheritdoc/>
    public static int ReadEntries(int descriptor, Span<byte> entries) =>
        (int)Kernel.Call(SystemCallNumber.Getdents64, descriptor, Kernel.Address(entries), entries.Length);

    /// <inheritdoc/>
    public static int Control(int descriptor, uint request, Span<byte> argument) =>
        (int)Kernel.Call(SystemCallNumber.Ioctl, descriptor, (nint)request, Kernel.Address(argument));

    /// <inheritdoc/>
    public static int Drain(int descriptor)
    {
        const int Tcsbrk = 0x5409; // With another argument than 0 it waits and sends no break.
        return (int)Kernel.Call(SystemCallNumber.Ioctl, descriptor, Tcsbrk, 1);
    }

    /// <inheritdoc/>
    public static int RaiseLoopback()
    {
        const int AfInet = 2, SockDatagram = 2, SockCloseOnExec = 0x80000, Siocsifflags = 0x8914, FlagsOffset = 16;
        const ushort IffUp = 1;
        nint socket = Kernel.Call(SystemCallNumber.Socket, AfInet, SockDatagram | SockCloseOnExec, 0);
        if (socket < 0)
        {
            return (int)socket;
        }

        Span<byte> request = stackalloc byte[40]; // struct ifreq
        request.Clear();
        "lo"u8.CopyTo(request);
        BinaryPrimitives.WriteUInt16LittleEndian(request[FlagsOffset..], IffUp);
        int result = (int)Kernel.Call(SystemCallNumber.Ioctl, socket, Siocsifflags, Kernel.Address(request));
        Close((int)socket);
        return result;
    }

    /// <inheritdoc/>
    public static void Sleep(uint milliseconds)
    {
        Span<byte> time = stackalloc byte[16];
        WriteTime(time, milliseconds);
        Kernel.Call(SystemCallNumber.Nanosleep, Kernel.Address(time), 0);
    }

    /// <inheritdoc/>
    public static void Sync() => Kernel.Call(SystemCallNumber.Sync);

    private static int OnPath(SystemCallNumber number, ReadOnlySpan<byte> path)
    {
        Span<byte> room = stackalloc byte[Kernel.PathRoom];
        return Kernel.Terminate(path, room) ? (int)Kernel.Call(number, Kernel.Address(room)) : -LinuxAbi.EINVAL;
    }

    // struct timespec
    private static void WriteTime(Span<byte> time, uint milliseconds)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(time, milliseconds / 1000);
        BinaryPrimitives.WriteUInt64LittleEndian(time[8..], milliseconds % 1000 * 1_000_000UL);
    }
}
