namespace Vmm.HostCheck;

/// <summary>What a host can run; the shape of <c>vmm check --json</c>.</summary>
/// <remarks>
/// Members and the ids of findings keep their names and meanings as long as <see cref="Schema"/> is the same; new ones may be added. Texts in
/// values and hints are for people and may change.
/// </remarks>
public sealed record HostReport
{
    /// <summary>The version of this shape.</summary>
    public int Schema { get; init; } = 1;

    /// <summary>The version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Whether this host can run VMs.</summary>
    public required bool CanRun { get; init; }

    /// <summary>Whether this host can run protected VMs.</summary>
    public required bool CanRunProtected { get; init; }

    /// <summary>What was looked at, in the order it was looked at.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>What a protected VM is protected from on mainline Linux.</summary>
    public PkvmClaims Pkvm { get; init; } = PkvmClaims.Mainline;

    /// <summary>What a firmware that starts a protected VM adds to that.</summary>
    public FirmwareClaims Firmware { get; init; } = FirmwareClaims.Mainline;
}
