using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Files;
using Kvm.Interop.Native;
using Kvm.Interop.Native.Glibc;
using Kvm.Interop.Native.Uapi;

namespace Kvm.Interop.Processes;

/// <summary>A program that this process has started, with the descriptors it was given (posix_spawn(3), pidfd_open(2)).</summary>
/// <remarks>
/// <para>
/// <see cref="System.Diagnostics.Process"/> passes no descriptors. It is the better choice where none are needed; the two do not disturb each other,
/// since the runtime waits for its own children by number only.
/// </para>
/// <para>
/// A child that dies with its parent holds the read end of a pipe whose only write end is here. When this process ends, the kernel closes that end and
/// sends the signal that belongs to the pipe (F_SETSIG with O_ASYNC, fcntl(2)): SIGKILL, to the child or its group. That needs nothing of the child's
/// program, works while the child is stopped or hangs, and is not tied to a thread as PR_SET_PDEATHSIG is, which would kill the child when the thread
/// of the pool that started it retires. It is in force from the return of <see cref="Start"/>: a parent that is killed in the middle of that call may
/// leave the child.
/// </para>
/// </remarks>
public sealed unsafe class ChildProcess : IDisposable
{
    // Values that ARM64 and x86-64 share (asm-generic/fcntl.h).
    private const int O_ASYNC = 0x2000;

    private readonly Lock _reaping = new();
    private readonly bool _ownGroup;
    private ChildExit? _exit;

    private ChildProcess(int id, ChildProcessOptions options, Pipe? lifeline)
    {
        Id = id;
        Name = options.Program;
        _ownGroup = options.OwnProcessGroup;
        // Nobody else reaps it, so the number is this child's until Wait, and the pidfd is of the right process.
        Descriptor = new FileDescriptor(Libc.Check(Libc.pidfd_open(id, 0), "pidfd_open", Name), Name);
        if (lifeline is { } pipe)
        {
            Lifeline = pipe.Writer;
            KillAtEnd(pipe.Reader, _ownGroup ? -id : id);
            // The child alone holds it now: the signal belongs to its open file, and stays while the child has it.
            pipe.Reader.Dispose();
        }
    }

    /// <summary>The process's number.</summary>
    public int Id { get; }

    /// <summary>The program's path.</summary>
    public string Name { get; }

    /// <summary>A pidfd: readable when the process has ended.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>What the child dies with, where it was started so.</summary>
    internal FileDescriptor? Lifeline { get; }

    /// <summary>Starts a program.</summary>
    /// <exception cref="LinuxException">It cannot be started: ENOENT, EACCES; the call in the message is <c>posix_spawn</c>.</exception>
    /// <exception cref="ArgumentException">Two descriptors have the same number, or a string has a NUL.</exception>
    public static ChildProcess Start(ChildProcessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using NativeStrings arguments = new([options.Program, .. options.Arguments]);
        using NativeStrings environment = new([.. Variables(options.Environment)]);
        Pipe? lifeline = options.DiesWithParent ? Pipe.Create("life line") : null;
        try
        {
            using SpawnActions actions = new(options.Program);
            actions.AddDescriptors(options, lifeline?.Reader);
            if (options.WorkingDirectory is { } directory)
            {
                actions.SetWorkingDirectory(directory);
            }

            actions.SetSignalsAndGroup(options.OwnProcessGroup);
            int id = actions.Spawn(arguments, environment);
            try
            {
                return new ChildProcess(id, options, lifeline);
            }
            catch
            {
                Libc.kill(id, LibcConstants.SIGKILL);
                throw;
            }
        }
        catch
        {
            lifeline?.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the end.</summary>
    public ChildExit Wait() => TryWait(Timeout.InfiniteTimeSpan, out ChildExit exit) ? exit : throw new InvalidOperationException("unreachable");

    /// <summary>Waits for the end, but not for ever.</summary>
    /// <param name="patience">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="exit">How it ended.</param>
    /// <returns>False when it still runs.</returns>
    public bool TryWait(TimeSpan patience, [NotNullWhen(true)] out ChildExit exit)
    {
        int milliseconds = patience == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(patience.TotalMilliseconds, int.MaxValue);
        // Outside the lock: several may wait. The pidfd stays readable after the process was reaped.
        if (!Descriptor.WaitReadable(milliseconds))
        {
            exit = default;
            return false;
        }

        lock (_reaping)
        {
            _exit ??= Reap();
            exit = _exit.Value;
            return true;
        }
    }

    /// <summary>Sends a signal, to its group where it leads one; nothing happens when it has ended.</summary>
    /// <param name="signal">9 (SIGKILL) unless said otherwise.</param>
    /// <exception cref="LinuxException">EPERM: it has become another user's.</exception>
    public void Kill(int signal = LibcConstants.SIGKILL)
    {
        lock (_reaping)
        {
            // Under the lock the number cannot pass to another process: only Reap gives it back.
            if (_exit is null)
            {
                int result = _ownGroup ? Libc.kill(-Id, signal) : Libc.pidfd_send_signal(Descriptor, signal, null, 0);
                if (result < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Errno.ESRCH)
                {
                    LinuxException.ThrowLast($"kill({signal})", Name);
                }
            }
        }
    }

    /// <summary>Kills it where it still runs, and waits for its end: no child outlives this object.</summary>
    public void Dispose()
    {
        if (!Descriptor.IsClosed)
        {
            Kill();
            Wait();
            Descriptor.Dispose();
            Lifeline?.Dispose();
        }
    }

    private static void KillAtEnd(FileDescriptor reader, int owner)
    {
        Libc.Check(Libc.fcntl(reader, FileConstants.F_SETOWN, owner), "fcntl(F_SETOWN)", reader);
        Libc.Check(Libc.fcntl(reader, FileConstants.F_SETSIG, LibcConstants.SIGKILL), "fcntl(F_SETSIG)", reader);
        Libc.Check(Libc.fcntl(reader, FileConstants.F_SETFL, O_ASYNC), "fcntl(F_SETFL, O_ASYNC)", reader);
    }

    private static IEnumerable<string> Variables(IReadOnlyDictionary<string, string>? environment)
    {
        IDictionary variables = environment?.ToDictionary() ?? Environment.GetEnvironmentVariables();
        foreach (DictionaryEntry variable in variables)
        {
            yield return $"{variable.Key}={variable.Value}";
        }
    }

    private ChildExit Reap()
    {
        siginfo_t info = default;
        Libc.Check(Libc.WaitId(Descriptor, &info, LibcConstants.WEXITED), "waitid", Name);
        return info.si_code == LibcConstants.CLD_EXITED ? new ChildExit(info.si_status, null) : new ChildExit(null, info.si_status);
    }
}
