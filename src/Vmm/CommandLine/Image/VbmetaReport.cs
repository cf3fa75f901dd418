namespace Vmm.CommandLine.Image;

/// <summary>A vbmeta.</summary>
internal sealed record VbmetaReport(
    string RequiredVersion,
    string Algorithm,
    string? PublicKeySha1,
    ulong RollbackIndex,
    uint RollbackIndexLocation,
    uint Flags,
    string Release,
    int Size,
    IReadOnlyList<DescriptorReport> Descriptors);
