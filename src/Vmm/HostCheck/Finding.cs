namespace Vmm.HostCheck;

/// <summary>One thing that was looked at.</summary>
/// <param name="Id">What, in a word that does not change: <c>kvm</c>, <c>gicv3</c>, <c>pkvm</c>.</param>
/// <param name="Result">The outcome.</param>
/// <param name="Value">What was found, for people.</param>
public sealed record Finding(string Id, FindingResult Result, string Value)
{
    /// <summary>What to do about it, where something can be done.</summary>
    public string? Hint { get; init; }
}
