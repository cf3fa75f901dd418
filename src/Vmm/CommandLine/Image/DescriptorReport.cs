namespace Vmm.CommandLine.Image;

/// <summary>A descriptor: its kind, and what it says.</summary>
internal sealed record DescriptorReport(string Kind, IReadOnlyDictionary<string, string> Fields);
