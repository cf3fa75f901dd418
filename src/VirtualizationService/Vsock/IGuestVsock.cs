using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Binder;

namespace VirtualizationService.Vsock;

/// <summary>The sockets between host and one guest, from before its VMM starts until after it has ended.</summary>
public interface IGuestVsock : IDisposable
{
    /// <summary>The guest's address.</summary>
    uint Cid { get; }

    /// <summary>The VMM's options for them.</summary>
    IReadOnlyList<string> Options { get; }

    /// <summary>The descriptors that the options name.</summary>
    IReadOnlyList<ChildDescriptor> Descriptors { get; }

    /// <summary>Listens on a port of the host for Binder RPC of the guest.</summary>
    /// <returns>Null when another process has the port.</returns>
    RpcListener? TryListen(uint port);

    /// <summary>Whether who has connected to such a listener is the guest.</summary>
    bool IsGuest(CallContext context);

    /// <summary>Takes the guest's crash reports on <see cref="Tombstones.Port"/>.</summary>
    /// <param name="directory">Where they are kept.</param>
    /// <param name="log">Takes a line for each.</param>
    /// <returns>What ends it; null where another process has the port.</returns>
    IDisposable? TryKeepTombstones(string directory, ServiceLog log);

    /// <summary>Connects to a port of the guest.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">Nobody listens there, or the guest does not run.</exception>
    /// <exception cref="RefusedException">The guest refused.</exception>
    FileDescriptor Connect(uint port);
}
