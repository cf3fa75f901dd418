using System.Runtime.InteropServices;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Files;

/// <summary>An open regular file or block device.</summary>
public sealed class DiskDescriptor : FileDescriptor
{
    // O_DIRECT is one of the few flags whose value is the architecture's (asm/fcntl.h).
    private const int DirectOnX64 = 0x4000;

    private static int DirectFlag => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? DirectOnX64 : FileConstants.O_DIRECT;

    private DiskDescriptor(int number, string name)
        : base(number, name)
    {
        Libc.Check(Libc.Statx(Number, "", FileConstants.AT_EMPTY_PATH, FileConstants.STATX_TYPE, out statx status), "statx", this);
        IsBlockDevice = (status.stx_mode & FileConstants.S_IFMT) == FileConstants.S_IFBLK;
        IsRegularFile = (status.stx_mode & FileConstants.S_IFMT) == FileConstants.S_IFREG;
        IsInMemory = IsRegularFile && FileSystemOf(this) == DiskConstants.TMPFS_MAGIC;
        int flags = Libc.Check(Libc.fcntl(this, FileConstants.F_GETFL, 0), "fcntl", this);
        IsWritable = (flags & (int)(OpenFlags.O_WRONLY | OpenFlags.O_RDWR)) != 0;
        IsDirect = (flags & DirectFlag) != 0;
    }

    /// <summary>It is a block device.</summary>
    public bool IsBlockDevice { get; }

    /// <summary>It is a regular file.</summary>
    public bool IsRegularFile { get; }

    /// <summary>
    /// Its content is in memory only (tmpfs): a transfer is a copy that waits for nothing but swap. Such files have no non-blocking reads and writes
    /// (FMODE_NOWAIT), so that io_uring hands each transfer to a thread.
    /// </summary>
    public bool IsInMemory { get; }

    /// <summary>It was opened for writing.</summary>
    public bool IsWritable { get; }

    /// <summary>It was opened past the page cache (O_DIRECT).</summary>
    public bool IsDirect { get; }

    /// <summary>The size now, in bytes.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public ulong Size
    {
        get
        {
            if (IsBlockDevice)
            {
                ulong bytes = 0;
                Libc.Check(Libc.Ioctl(this, DiskConstants.BLKGETSIZE64, ref bytes), "BLKGETSIZE64", this);
                return bytes;
            }

            Libc.Check(Libc.Statx(Number, "", FileConstants.AT_EMPTY_PATH, FileConstants.STATX_SIZE, out statx status), "statx", this);
            return status.stx_size;
        }
    }

    /// <summary>The logical block size of a block device in bytes; 512 for a file.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public uint SectorSize
    {
        get
        {
            int bytes = 512;
            if (IsBlockDevice)
            {
                Libc.Check(Libc.Ioctl(this, DiskConstants.BLKSSZGET, ref bytes), "BLKSSZGET", this);
            }

            return (uint)bytes;
        }
    }

    /// <summary>Opens a path.</summary>
    /// <param name="path">The path as the user gave it.</param>
    /// <param name="writable">For reading and writing, not only for reading.</param>
    /// <param name="direct">Past the page cache (O_DIRECT).</param>
    /// <exception cref="LinuxException">It cannot be opened so; EINVAL where the file system has no O_DIRECT.</exception>
    public static DiskDescriptor Open(string path, bool writable, bool direct)
    {
        // Without O_NONBLOCK the open of a named pipe would wait for its other side for ever; files and block devices do not know the flag.
        OpenFlags flags = (writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY) | OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK;
        int extra = direct ? DirectFlag : 0;
        DiskDescriptor disk = new(Libc.Check(Libc.Open(path, (int)flags | extra, 0), "open", path), path);
        // io_uring gives up on files with the flag where it would otherwise wait on a thread of its own.
        disk.SetNonBlocking(false);
        return disk;
    }

    /// <summary>A second descriptor of a file that this process was started with; position, flags and locks are shared with the first.</summary>
    /// <exception cref="LinuxException">No such descriptor is open (EBADF).</exception>
    public static DiskDescriptor OfInherited(int number, string path)
    {
        using FileDescriptor inherited = new(number, path, ownsHandle: false);
        return new DiskDescriptor(Libc.Check(Libc.fcntl(inherited, FileConstants.F_DUPFD_CLOEXEC, 0), "fcntl", path), path);
    }

    /// <summary>Locks the file against other programs that lock it (flock(2)), until the last descriptor of this open file is closed.</summary>
    /// <param name="exclusive">Nobody else may have it locked; otherwise others may share it.</param>
    /// <returns>False when somebody else has it locked.</returns>
    /// <exception cref="LinuxException">The file system cannot lock.</exception>
    public bool TryLock(bool exclusive)
    {
        int result = Libc.Lock(this, (exclusive ? DiskConstants.LOCK_EX : DiskConstants.LOCK_SH) | DiskConstants.LOCK_NB);
        if (result < 0 && Marshal.GetLastPInvokeError() == Errno.EAGAIN)
        {
            return false;
        }

        Libc.Check(result, "flock", this);
        return true;
    }

    private static unsafe long FileSystemOf(FileDescriptor file)
    {
        statfs status;
        // SAFETY: a local structure of the C library's size (header test).
        return Libc.fstatfs(file, &status) < 0 ? 0 : status.f_type;
    }
}
