namespace Vmm.CommandLine.Image;

/// <summary>A name and a value of an image.</summary>
internal sealed record ImageField(string Name, string Value);
