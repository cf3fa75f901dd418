using System.Text;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Threads;

/// <summary>The kernel's view of the calling thread.</summary>
public static class NativeThread
{
    private const int NameCapacity = 16;

    /// <summary>The thread's number as in /proc/PID/task (gettid(2)).</summary>
    public static int Id => Libc.gettid();

    /// <summary>Names the thread in ps and /proc (prctl(PR_SET_NAME)); on the main thread this is the name of the process.</summary>
    /// <param name="name">What is beyond 15 bytes of UTF-8 is cut.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe void SetName(string name)
    {
        byte* bytes = stackalloc byte[NameCapacity];
        Encoding.UTF8.GetEncoder().Convert(name, new Span<byte>(bytes, NameCapacity - 1), flush: true, out _, out int used, out _);
        bytes[used] = 0;
        Libc.Check(Libc.prctl(LibcConstants.PR_SET_NAME, (nuint)bytes, 0, 0, 0), "prctl(PR_SET_NAME)", name);
    }
}
