using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Kvm.Interop;

/// <summary>A system call that failed: which call, on what object, with which error number.</summary>
/// <remarks>The message reads <c>KVM_CREATE_VM on /dev/kvm: EINVAL (Invalid argument)</c>, followed by a hint where one is known.</remarks>
public sealed class LinuxException : Exception
{
    /// <summary>Describes a failed call.</summary>
    /// <param name="call">The call or ioctl as its manual page or header spells it.</param>
    /// <param name="target">The object it was made on: a path, <c>VM</c>, <c>vCPU 0</c>.</param>
    /// <param name="errno">The error number that the kernel gave (<see cref="Interop.Errno"/>).</param>
    /// <param name="hint">What usually causes this and what to do, as half a sentence without a full stop.</param>
    public LinuxException(string call, string target, int errno, string? hint = null)
        : base(Describe(call, target, errno, hint))
    {
        Call = call;
        Target = target;
        Errno = errno;
        Hint = hint;
    }

    /// <summary>The call or ioctl as its manual page or header spells it.</summary>
    public string Call { get; }

    /// <summary>The object the call was made on.</summary>
    public string Target { get; }

    /// <summary>The kernel's error number (<see cref="Interop.Errno"/>).</summary>
    public int Errno { get; }

    /// <summary>Cause and remedy where they are known.</summary>
    public string? Hint { get; }

    /// <summary>Throws for the error number of the calling thread's last native call.</summary>
    [DoesNotReturn]
    internal static void ThrowLast(string call, string target, string? hint = null) =>
        throw new LinuxException(call, target, Marshal.GetLastPInvokeError(), hint);

    private static string Describe(string call, string target, int errno, string? hint)
    {
        string text = $"{call} on {target}: {Interop.Errno.Name(errno)} ({Marshal.GetPInvokeErrorMessage(errno)})";
        return hint is null ? text : $"{text}; {hint}";
    }
}
