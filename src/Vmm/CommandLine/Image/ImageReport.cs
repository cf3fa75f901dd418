namespace Vmm.CommandLine.Image;

/// <summary>What an image is.</summary>
/// <param name="Path">As the user gave it.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Kind">A short name of the format, or <c>unknown</c>.</param>
/// <param name="Description">The format in words.</param>
/// <param name="Parts">What the format says of its parts: name and value.</param>
/// <param name="Footer">The AVB footer, when there is one.</param>
/// <param name="Vbmeta">The vbmeta, when there is one.</param>
/// <param name="Problem">What is wrong with it, when something is.</param>
internal sealed record ImageReport(
    string Path,
    long Size,
    string Kind,
    string Description,
    IReadOnlyList<ImageField> Parts,
    FooterReport? Footer,
    VbmetaReport? Vbmeta,
    string? Problem);
