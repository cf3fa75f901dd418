namespace Vmm.CommandLine.Image;

/// <summary>An AVB footer.</summary>
internal sealed record FooterReport(string Version, ulong OriginalImageSize, ulong VbmetaOffset, ulong VbmetaSize);
