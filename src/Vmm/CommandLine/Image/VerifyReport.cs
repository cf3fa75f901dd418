namespace Vmm.CommandLine.Image;

/// <summary>What a verification found.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Verdict"><c>Ok</c>, or the name of the fault.</param>
/// <param name="Reason">Why not, when not.</param>
/// <param name="IsKeyTrusted">Whether a key was given to compare with.</param>
/// <param name="Fields">What is known: name and value.</param>
internal sealed record VerifyReport(string Path, string Verdict, string? Reason, bool IsKeyTrusted, IReadOnlyList<ImageField> Fields);
