using Kvm.Interop.Files;

namespace Virtualization;

/// <summary>Where a VM's console and log go; null for nowhere. The descriptors stay the caller's: the service gets duplicates.</summary>
/// <param name="ConsoleOut">Takes what the guest writes to its console.</param>
/// <param name="ConsoleIn">Gives what is typed on it.</param>
/// <param name="Log">Takes the guest's log.</param>
public sealed record VmStreams(FileDescriptor? ConsoleOut = null, FileDescriptor? ConsoleIn = null, FileDescriptor? Log = null);
