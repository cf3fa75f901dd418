using Kvm.Interop;
using Kvm.Interop.Events;
using Kvm.Interop.Files;

namespace Vmm.Devices.Serial;

/// <summary>Descriptors that this process was started with, made fit for an event loop.</summary>
internal static class InheritedDescriptor
{
    /// <summary>The number in a path such as <c>/proc/self/fd/3</c>.</summary>
    internal static bool IsNamedBy(string path, out int number) => DescriptorPath.TryParse(path, out number);

    /// <summary>A descriptor of the same file that does not block; the inherited one stays as it is.</summary>
    /// <remarks>
    /// O_NONBLOCK belongs to the open file, which others share: the shell's terminal would stay non-blocking after this process died. So a
    /// terminal or a pipe is opened anew. A socket, or a terminal that belongs to another user, cannot be; it is made non-blocking until
    /// the descriptor is disposed.
    /// </remarks>
    /// <exception cref="LinuxException">No such descriptor is open (EBADF).</exception>
    internal static FileDescriptor NonBlocking(int number, OpenFlags access)
    {
        using FileDescriptor inherited = new(number, $"/proc/self/fd/{number}", ownsHandle: false);
        if (!IsPollable(inherited))
        {
            return inherited.Duplicate(); // shares the file position, as the one who redirected to a file expects
        }

        try
        {
            return PosixFile.Open(inherited.Name, access | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY);
        }
        catch (LinuxException)
        {
            return new SharedNonBlocking(number, inherited.Name);
        }
    }

    /// <summary>Whether the file can make one wait: no regular file, no <c>/dev/null</c>.</summary>
    internal static bool IsPollable(FileDescriptor descriptor)
    {
        using Epoll epoll = new();
        return epoll.TryAdd(descriptor, EpollEvents.None, 0);
    }

    private sealed class SharedNonBlocking : FileDescriptor
    {
        internal SharedNonBlocking(int number, string name)
            : base(number, name, ownsHandle: false) => SetNonBlocking(true);

        protected override void Dispose(bool disposing)
        {
            if (disposing && !IsClosed)
            {
                SetNonBlocking(false);
            }

            base.Dispose(disposing);
        }
    }
}
