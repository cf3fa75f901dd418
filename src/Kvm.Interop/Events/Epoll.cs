using System.Runtime.InteropServices;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Events;

/// <summary>A set of descriptors that one thread waits for (epoll(7)).</summary>
/// <remarks>Descriptors may be added and removed from any thread. A descriptor leaves the set by itself when its last duplicate is closed.</remarks>
public sealed class Epoll : FileDescriptor
{
    /// <summary>The most entries one wait takes from the kernel; the others come with the next.</summary>
    private const int MaxEntries = 64;

    // linux/eventpoll.h packs the structure on x86-64 only.
    private static readonly bool s_packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Makes an empty set.</summary>
    /// <exception cref="LinuxException">The process has no descriptor left (EMFILE).</exception>
    public Epoll()
        : base(Libc.Check(Libc.epoll_create1(EventConstants.EPOLL_CLOEXEC), "epoll_create1", "epoll"), "epoll")
    {
    }

    /// <summary>Starts watching a descriptor.</summary>
    /// <param name="descriptor">An open descriptor; regular files cannot be watched (EPERM).</param>
    /// <param name="events">What to watch for; errors and hang-ups are always reported.</param>
    /// <param name="token">What <see cref="Wait"/> names it by.</param>
    /// <exception cref="LinuxException">EEXIST for one already watched, EPERM for a file that is always ready.</exception>
    public void Add(FileDescriptor descriptor, EpollEvents events, ulong token) =>
        Control(EventConstants.EPOLL_CTL_ADD, "EPOLL_CTL_ADD", descriptor, events, token);

    /// <summary>Starts watching a descriptor, unless it is always ready: a regular file, <c>/dev/null</c>.</summary>
    /// <returns>False for those; nothing is watched then.</returns>
    /// <exception cref="LinuxException">EEXIST for one already watched.</exception>
    public bool TryAdd(FileDescriptor descriptor, EpollEvents events, ulong token)
    {
        int result = TryControl(EventConstants.EPOLL_CTL_ADD, descriptor, events, token);
        if (result < 0 && Marshal.GetLastPInvokeError() == Errno.EPERM)
        {
            return false;
        }

        Libc.Check(result, "EPOLL_CTL_ADD", descriptor);
        return true;
    }

    /// <summary>Changes what a descriptor is watched for.</summary>
    /// <exception cref="LinuxException">ENOENT for one that is not watched.</exception>
    public void Modify(FileDescriptor descriptor, EpollEvents events, ulong token) =>
        Control(EventConstants.EPOLL_CTL_MOD, "EPOLL_CTL_MOD", descriptor, events, token);

    /// <summary>Stops watching a descriptor.</summary>
    /// <exception cref="LinuxException">ENOENT for one that is not watched.</exception>
    public void Remove(FileDescriptor descriptor) =>
        Control(EventConstants.EPOLL_CTL_DEL, "EPOLL_CTL_DEL", descriptor, EpollEvents.None, 0);

    /// <summary>Waits until something is ready.</summary>
    /// <param name="ready">Takes the descriptors that are ready; must not be empty.</param>
    /// <param name="timeoutMilliseconds">How long to wait; 0 only looks, negative waits for ever.</param>
    /// <returns>How many entries were written; 0 when the time passed. The rest of the span is untouched.</returns>
    /// <exception cref="LinuxException">The kernel refused; EINVAL for an empty span.</exception>
    public unsafe int Wait(Span<EpollEntry> ready, int timeoutMilliseconds)
    {
        int limit = Math.Min(ready.Length, MaxEntries);
        epoll_event* entries = stackalloc epoll_event[MaxEntries];
        // SAFETY: the buffer holds MaxEntries of the larger layout, and the kernel writes at most limit.
        int count = Libc.Check(Libc.EpollWait(this, entries, limit, timeoutMilliseconds), "epoll_wait", this);
        for (int i = 0; i < count; i++)
        {
            ready[i] = s_packed
                ? new EpollEntry((EpollEvents)((epoll_event_x86_64*)entries)[i].events, ((epoll_event_x86_64*)entries)[i].data)
                : new EpollEntry((EpollEvents)entries[i].events, entries[i].data);
        }

        return count;
    }

    private void Control(int operation, string call, FileDescriptor descriptor, EpollEvents events, ulong token) =>
        Libc.Check(TryControl(operation, descriptor, events, token), call, descriptor);

    private unsafe int TryControl(int operation, FileDescriptor descriptor, EpollEvents events, ulong token)
    {
        epoll_event plain = new() { events = (uint)events, data = token };
        epoll_event_x86_64 packed = new() { events = (uint)events, data = token };
        // SAFETY: the kernel only reads the structure that is the running architecture's.
        void* entry = s_packed ? &packed : &plain;
        return Libc.epoll_ctl(this, operation, descriptor, entry);
    }
}
