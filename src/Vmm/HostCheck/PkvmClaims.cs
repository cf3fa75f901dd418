namespace Vmm.HostCheck;

/// <summary>What the hypervisor keeps from the host, and what it does not keep from it yet. Measured on Linux 7.1 to 7.3.</summary>
/// <param name="Protected">What the host cannot reach.</param>
/// <param name="NotYet">What the host can still reach or change, because upstream has not implemented its protection.</param>
public sealed record PkvmClaims(IReadOnlyList<string> Protected, IReadOnlyList<string> NotYet)
{
    /// <summary>The claims for mainline Linux.</summary>
    public static PkvmClaims Mainline { get; } = new(["memory"], ["vCPU registers", "launch measurement", "DMA"]);

    /// <summary>The claims in one sentence.</summary>
    public override string ToString() =>
        $"What pKVM protects: {string.Join(", ", Protected)}: yes. {string.Join(", ", NotYet.SkipLast(1))} and {NotYet[^1]}: not yet, upstream.";
}
