using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Processes;

/// <summary>What the child does between its making and its program (posix_spawn_file_actions_init(3), posix_spawnattr_init(3)).</summary>
internal sealed unsafe class SpawnActions : IDisposable
{
    private readonly string _program;
    private readonly List<FileDescriptor> _held = [];
    private readonly List<FileDescriptor> _copies = [];
    private posix_spawn_file_actions_t _actions;
    private posix_spawnattr_t _attributes;

    internal SpawnActions(string program)
    {
        _program = program;
        // SAFETY: here and below: a member of this object, pinned for the call. The library keeps its own allocations in it, no address of it.
        fixed (posix_spawn_file_actions_t* actions = &_actions)
        fixed (posix_spawnattr_t* attributes = &_attributes)
        {
            Check(Libc.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
            Check(Libc.posix_spawnattr_init(attributes), "posix_spawnattr_init");
        }
    }

    /// <summary>Descriptors keep or get their numbers; the first three are always open.</summary>
    internal void AddDescriptors(ChildProcessOptions options, FileDescriptor? lifeline)
    {
        FileDescriptor?[] standard = [options.StandardInput, options.StandardOutput, options.StandardError];
        int highest = Math.Max(2, options.Descriptors.Max(static descriptor => descriptor.Number) ?? 2);
        foreach (ChildDescriptor descriptor in options.Descriptors)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(descriptor.Number ?? 3, 3, nameof(options));
        }

        // Whatever gets a new number is copied above all of them first: no dup2 then overwrites the source of a later one.
        List<(int Source, int Number)> moves = [];
        for (int i = 0; i < standard.Length; i++)
        {
            if (standard[i] is { } descriptor)
            {
                moves.Add((CopyAbove(descriptor, highest), i));
            }
            else
            {
                Open(i);
            }
        }

        foreach (ChildDescriptor descriptor in options.Descriptors)
        {
            int own = Hold(descriptor.Descriptor);
            if (descriptor.Number is { } number && number != own)
            {
                moves.Add((CopyAbove(descriptor.Descriptor, highest), number));
            }
            else
            {
                // dup2 onto itself clears FD_CLOEXEC in the child only.
                moves.Insert(0, (own, own));
            }
        }

        if (lifeline is not null)
        {
            int copy = CopyAbove(lifeline, highest);
            moves.Add((copy, copy));
        }

        RefuseClashes(moves);
        fixed (posix_spawn_file_actions_t* actions = &_actions)
        {
            foreach ((int source, int number) in moves)
            {
                Check(Libc.posix_spawn_file_actions_adddup2(actions, source, number), "posix_spawn_file_actions_adddup2");
            }
        }
    }

    internal void SetWorkingDirectory(string path)
    {
        fixed (posix_spawn_file_actions_t* actions = &_actions)
        {
            Check(Libc.posix_spawn_file_actions_addchdir_np(actions, path), "posix_spawn_file_actions_addchdir_np");
        }
    }

    /// <summary>All signals do what they do by default (the runtime ignores SIGPIPE), none is blocked.</summary>
    internal void SetSignalsAndGroup(bool ownGroup)
    {
        const short Signals = LibcConstants.POSIX_SPAWN_SETSIGDEF | LibcConstants.POSIX_SPAWN_SETSIGMASK;
        sigset_t all;
        _ = Libc.sigfillset(&all);
        sigset_t none = default;
        fixed (posix_spawnattr_t* attributes = &_attributes)
        {
            Check(Libc.posix_spawnattr_setsigdefault(attributes, &all), "posix_spawnattr_setsigdefault");
            Check(Libc.posix_spawnattr_setsigmask(attributes, &none), "posix_spawnattr_setsigmask");
            Check(Libc.posix_spawnattr_setpgroup(attributes, 0), "posix_spawnattr_setpgroup");
            short flags = ownGroup ? (short)(Signals | LibcConstants.POSIX_SPAWN_SETPGROUP) : Signals;
            Check(Libc.posix_spawnattr_setflags(attributes, flags), "posix_spawnattr_setflags");
        }
    }

    /// <summary>Starts the program.</summary>
    /// <returns>The child's number.</returns>
    internal int Spawn(NativeStrings arguments, NativeStrings environment)
    {
        int process = 0;
        fixed (posix_spawn_file_actions_t* actions = &_actions)
        fixed (posix_spawnattr_t* attributes = &_attributes)
        {
            int errno = Libc.posix_spawn(&process, _program, actions, attributes, arguments.Pointer, environment.Pointer);
            Check(errno, "posix_spawn");
        }

        return process;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileDescriptor descriptor in _held)
        {
            descriptor.DangerousRelease();
        }

        foreach (FileDescriptor copy in _copies)
        {
            copy.Dispose();
        }

        fixed (posix_spawn_file_actions_t* actions = &_actions)
        fixed (posix_spawnattr_t* attributes = &_attributes)
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }

        _actions = default;
        _attributes = default;
    }

    private void RefuseClashes(List<(int Source, int Number)> moves)
    {
        HashSet<int> numbers = [];
        foreach ((int source, int number) in moves)
        {
            if (!numbers.Add(number) && source != number)
            {
                throw new ArgumentException($"two descriptors of {_program} would get the number {number}", nameof(moves));
            }
        }
    }

    private int Hold(FileDescriptor descriptor)
    {
        bool added = false;
        descriptor.DangerousAddRef(ref added);
        _held.Add(descriptor);
        return descriptor.Number;
    }

    private int CopyAbove(FileDescriptor descriptor, int highest)
    {
        int number = Libc.Check(Libc.fcntl(descriptor, FileConstants.F_DUPFD_CLOEXEC, highest + 1), "fcntl(F_DUPFD_CLOEXEC)", descriptor);
        _copies.Add(new FileDescriptor(number, descriptor.Name));
        return number;
    }

    private void Open(int number)
    {
        fixed (posix_spawn_file_actions_t* actions = &_actions)
        {
            Check(
                Libc.posix_spawn_file_actions_addopen(actions, number, "/dev/null", (int)OpenFlags.O_RDWR, 0), "posix_spawn_file_actions_addopen");
        }
    }

    private void Check(int errno, string call)
    {
        if (errno != 0)
        {
            throw new LinuxException(call, _program, errno);
        }
    }
}
