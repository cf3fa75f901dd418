using Kvm.Interop.Files;

namespace VirtualizationService.Life;

/// <summary>A VM that is ready to be started: what the VMM gets, and what it is told. The descriptors are closed with it.</summary>
public sealed class VmPlan : IDisposable
{
    /// <summary>What the VMM is started with; the descriptors of one run are filled in at the start.</summary>
    public required Func<VmRun, VmmLaunch> Launch { get; init; }

    /// <summary>The descriptors that the VMM inherits under their numbers.</summary>
    public required IReadOnlyList<FileDescriptor> Descriptors { get; init; }

    /// <summary>Whether the guest says when its payload starts, so that one which never does is hung.</summary>
    public bool ReportsPayload { get; init; }

    /// <summary>Whether the guest may be debugged: its crash reports are kept.</summary>
    public bool IsDebuggable { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileDescriptor descriptor in Descriptors)
        {
            descriptor.Dispose();
        }
    }
}
