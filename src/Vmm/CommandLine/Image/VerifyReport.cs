namespace Vmm.CommandLine.Image;

/// <summary>What a verification found.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Verdict"><c>Ok</c>, or the name of the fault.</param>
/// <param name="Reason">Why not, when not.</param>
/// <param name="IsKeyGiven">Whether a key was given to compare with.</param>
/// <param name="Vbmetas">The images and partitions whose vbmeta was verified, in order.</param>
/// <param name="Partitions">The partitions that were verified.</param>
/// <param name="Facts">What else is known: name and value.</param>
internal sealed record VerifyReport(
    string Path,
    string Verdict,
    string? Reason,
    bool IsKeyGiven,
    IReadOnlyList<string> Vbmetas,
    IReadOnlyList<string> Partitions,
    IReadOnlyDictionary<string, string> Facts);
