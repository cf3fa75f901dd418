using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Processes;

/// <summary>How much memory this process may lock (RLIMIT_MEMLOCK), which a protected VM's memory counts against page by page.</summary>
/// <param name="Soft">The limit in force, in bytes.</param>
/// <param name="Hard">How far the soft limit may be raised, in bytes.</param>
public readonly record struct LockedMemoryLimit(ulong Soft, ulong Hard)
{
    /// <summary>No limit (RLIM_INFINITY).</summary>
    public const ulong Unlimited = ulong.MaxValue;

    /// <summary>The limits of this process.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe LockedMemoryLimit Current
    {
        get
        {
            rlimit64 limit = default;
            Libc.Check(Libc.getrlimit(LibcConstants.RLIMIT_MEMLOCK, &limit), "getrlimit(RLIMIT_MEMLOCK)", "this process");
            return new LockedMemoryLimit(limit.rlim_cur, limit.rlim_max);
        }
    }

    /// <summary>Puts these limits in force.</summary>
    /// <exception cref="LinuxException">EPERM for a hard limit above the present one, without CAP_SYS_RESOURCE.</exception>
    public unsafe void Apply()
    {
        rlimit64 limit = new() { rlim_cur = Soft, rlim_max = Hard };
        Libc.Check(Libc.setrlimit(LibcConstants.RLIMIT_MEMLOCK, &limit), $"setrlimit(RLIMIT_MEMLOCK, {Soft}, {Hard})", "this process");
    }

    /// <summary>Puts these limits in force for another process (prlimit(2)).</summary>
    /// <param name="process">Its number.</param>
    /// <exception cref="LinuxException">ESRCH without such a process; EPERM without CAP_SYS_RESOURCE.</exception>
    public unsafe void ApplyTo(int process)
    {
        rlimit64 limit = new() { rlim_cur = Soft, rlim_max = Hard };
        Libc.Check(Libc.prlimit64(process, LibcConstants.RLIMIT_MEMLOCK, &limit, null), $"prlimit(RLIMIT_MEMLOCK, {Soft}, {Hard})", $"process {process}");
    }
}
