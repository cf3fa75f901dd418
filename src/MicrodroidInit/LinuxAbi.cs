namespace MicrodroidInit;

/// <summary>Linux' numbers on ARM64, as its headers have them.</summary>
public static class LinuxAbi
{
    /// <summary>Bytes of the longest path that is given to the kernel here; PATH_MAX would be 4096.</summary>
    public const int MaxPath = 255;

    /// <summary>ENOENT.</summary>
    public const int ENOENT = 2;

    /// <summary>EINTR.</summary>
    public const int EINTR = 4;

    /// <summary>EIO.</summary>
    public const int EIO = 5;

    /// <summary>ECHILD.</summary>
    public const int ECHILD = 10;

    /// <summary>EEXIST.</summary>
    public const int EEXIST = 17;

    /// <summary>EINVAL.</summary>
    public const int EINVAL = 22;

    /// <summary>O_RDONLY (asm-generic/fcntl.h).</summary>
    public const int O_RDONLY = 0;

    /// <summary>O_WRONLY.</summary>
    public const int O_WRONLY = 1;

    /// <summary>O_RDWR.</summary>
    public const int O_RDWR = 2;

    /// <summary>O_DIRECTORY (arch/arm64/include/uapi/asm/fcntl.h).</summary>
    public const int O_DIRECTORY = 0x4000;

    /// <summary>MS_RDONLY (linux/mount.h).</summary>
    public const ulong MS_RDONLY = 1;

    /// <summary>MS_NOSUID.</summary>
    public const ulong MS_NOSUID = 2;

    /// <summary>MS_NODEV.</summary>
    public const ulong MS_NODEV = 4;

    /// <summary>MS_NOEXEC.</summary>
    public const ulong MS_NOEXEC = 8;

    /// <summary>MS_MOVE.</summary>
    public const ulong MS_MOVE = 8192;

    /// <summary>BLKGETSIZE64 (linux/fs.h).</summary>
    public const uint BLKGETSIZE64 = 0x80081272;

    /// <summary>TCGETS (asm-generic/ioctls.h).</summary>
    public const uint TCGETS = 0x5401;

    /// <summary>TCSETS.</summary>
    public const uint TCSETS = 0x5402;

    /// <summary>Bytes of struct termios (asm-generic/termbits.h).</summary>
    public const int TermiosSize = 36;

    /// <summary>Where struct termios has its output modes, a 32-bit word.</summary>
    public const int TermiosOutputModes = 4;

    /// <summary>OPOST: output is processed, as a line's end to CR and LF.</summary>
    public const uint OPOST = 1;

    /// <summary>SIGINT (asm-generic/signal.h).</summary>
    public const int SIGINT = 2;

    /// <summary>SIGKILL.</summary>
    public const int SIGKILL = 9;

    /// <summary>SIGTERM.</summary>
    public const int SIGTERM = 15;

    /// <summary>SIGCHLD.</summary>
    public const int SIGCHLD = 17;
}
