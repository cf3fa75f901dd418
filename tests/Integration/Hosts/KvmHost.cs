using System.Diagnostics;

namespace Integration.Hosts;

/// <summary>An ARM64 Linux with <c>/dev/kvm</c> on which tests run commands.</summary>
/// <remarks>Commands are lines for <c>sh</c>; <see cref="Directory"/> holds vmm, HostProbe, guests and kernels. Tests go through a <see cref="Workspace"/>.</remarks>
internal abstract class KvmHost : IAsyncDisposable
{
    /// <summary>The folder of the things under test, on that host.</summary>
    public abstract string Directory { get; }

    /// <summary>Whether the machine is emulated, so that an exit to user space takes tens of microseconds instead of one.</summary>
    public abstract bool IsEmulated { get; }

    /// <summary>A user who may use <c>/dev/kvm</c> and nothing else, for <c>su</c> from root; null where there is none.</summary>
    public abstract string? OtherUser { get; }

    /// <summary>Starts a shell line whose input and output the test holds.</summary>
    public HostProcess Start(string command) => new(Describe(command), command);

    /// <summary>Starts a shell line on a terminal; output and error are one.</summary>
    public HostProcess StartOnTerminal(string command) => new(DescribeOnTerminal(command), command);

    /// <summary>How this machine starts a shell line on the KVM host.</summary>
    protected abstract ProcessStartInfo Describe(string shellLine);

    /// <summary>How this machine starts a shell line with a terminal of its own on the KVM host.</summary>
    protected abstract ProcessStartInfo DescribeOnTerminal(string shellLine);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
