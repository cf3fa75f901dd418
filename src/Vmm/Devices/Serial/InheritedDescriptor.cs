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
    /// terminal or a pipe is opened anew. A socket, or what belongs to another user, cannot be; it is made non-blocking until the last of the
    /// descriptors that were made of it is disposed.
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
            return SharedNonBlocking.Of(inherited);
        }
    }

    /// <summary>Whether the file can make one wait: no regular file, no <c>/dev/null</c>.</summary>
    internal static bool IsPollable(FileDescriptor descriptor)
    {
        using Epoll epoll = new();
        return epoll.TryAdd(descriptor, EpollEvents.None, 0);
    }

    /// <summary>One of several ports' descriptors of the same open file: an event loop takes each number once.</summary>
    private sealed class SharedNonBlocking : FileDescriptor
    {
        private static readonly Lock s_lock = new();
        private static readonly Dictionary<int, int> s_uses = [];

        private readonly int _inherited;

        private SharedNonBlocking(int inherited, int number, string name)
            : base(number, name, ownsHandle: true) => _inherited = inherited;

        internal static SharedNonBlocking Of(FileDescriptor inherited)
        {
            using FileDescriptor copy = inherited.Duplicate();
            SharedNonBlocking shared = new((int)inherited.DangerousGetHandle(), (int)copy.DangerousGetHandle(), inherited.Name);
            copy.SetHandleAsInvalid();
            lock (s_lock)
            {
                s_uses[shared._inherited] = s_uses.GetValueOrDefault(shared._inherited) + 1;
                shared.SetNonBlocking(true);
            }

            return shared;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !IsClosed)
            {
                lock (s_lock)
                {
                    if (--s_uses[_inherited] == 0)
                    {
                        s_uses.Remove(_inherited);
                        SetNonBlocking(false);
                    }
                }
            }

            base.Dispose(disposing);
        }
    }
}
