namespace Vmm.Machine;

/// <summary>How a VM ended.</summary>
/// <param name="Reason">The kind of end.</param>
/// <param name="Detail">One line for the user where the reason alone does not say enough; null otherwise.</param>
public sealed record VmExit(VmExitReason Reason, string? Detail = null);
