using Kvm.Interop.Native;

namespace Kvm.Interop.Processes;

/// <summary>The kernel's random number generator (getrandom(2)), without the cryptographic library that .NET's own generator loads.</summary>
public static class KernelRandom
{
    /// <summary>Fills a span with random bytes.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            // SAFETY: the span is pinned for the call and bounds the count.
            fixed (byte* pointer = destination)
            {
                nint count = Libc.getrandom(pointer, (nuint)destination.Length, 0);
                if (count >= 0)
                {
                    destination = destination[(int)count..];
                }
                else if (System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Errno.EINTR)
                {
                    LinuxException.ThrowLast("getrandom", "the kernel's random number generator");
                }
            }
        }
    }
}
