namespace MicrodroidInit.Platform;

/// <summary>Numbers of system calls (asm-generic/unistd.h, which ARM64 has as it is).</summary>
internal enum SystemCallNumber
{
    Dup3 = 24,
    Ioctl = 29,
    Mkdirat = 34,
    Umount2 = 39,
    Mount = 40,
    Chdir = 49,
    Chroot = 51,
    Openat = 56,
    Close = 57,
    Pipe2 = 59,
    Getdents64 = 61,
    Read = 63,
    Write = 64,
    Pread64 = 67,
    Sync = 81,
    ExitGroup = 94,
    Nanosleep = 101,
    ClockGettime = 113,
    Kill = 129,
    RtSigprocmask = 135,
    RtSigtimedwait = 137,
    Reboot = 142,
    Setsid = 157,
    Socket = 198,
    Clone = 220,
    Execve = 221,
    Wait4 = 260,
    CloseRange = 436,
}
