using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;

namespace Kvm.Interop.Events;

/// <summary>A counter that one side raises and the other waits for (eventfd(2)); the form of KVM's ioeventfd and irqfd.</summary>
/// <remarks>Non-blocking and closed on exec. All members may be called from any thread and allocate nothing.</remarks>
public sealed class EventFd : FileDescriptor
{
    /// <summary>Makes a counter of zero.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public EventFd()
        : this("eventfd")
    {
    }

    /// <summary>Makes a counter of zero with a name for error messages.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public EventFd(string name)
        : base(Libc.Check(Libc.eventfd(0, LibcConstants.EFD_CLOEXEC | LibcConstants.EFD_NONBLOCK), "eventfd", name), name)
    {
    }

    /// <summary>Adds one to the counter and wakes who waits for it.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe void Signal()
    {
        ulong one = 1;
        // EAGAIN means that the counter is at its limit of 2^64 - 2: it is not zero, so the other side has its wake-up.
        if (Libc.Write(this, &one, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
        {
            LinuxException.ThrowLast("write", Name);
        }
    }

    /// <summary>Takes the counter's value and sets it to zero.</summary>
    /// <param name="count">How many signals there were since the last time; 0 when none.</param>
    /// <returns>Whether there was any.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public unsafe bool TryConsume(out ulong count)
    {
        ulong value = 0;
        if (Libc.Read(this, &value, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() != Errno.EAGAIN)
        {
            LinuxException.ThrowLast("read", Name);
        }

        count = value;
        return value != 0;
    }

    /// <inheritdoc cref="TryConsume(out ulong)"/>
    public bool TryConsume() => TryConsume(out _);
}
