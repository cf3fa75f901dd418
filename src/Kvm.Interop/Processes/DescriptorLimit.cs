using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Processes;

/// <summary>How many descriptors this process may have open (RLIMIT_NOFILE).</summary>
public static class DescriptorLimit
{
    /// <summary>The limit in force.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe int Current
    {
        get
        {
            rlimit64 limit = default;
            Libc.Check(Libc.getrlimit(LibcConstants.RLIMIT_NOFILE, &limit), "getrlimit(RLIMIT_NOFILE)", "this process");
            return (int)Math.Min(limit.rlim_cur, int.MaxValue);
        }
    }
}
