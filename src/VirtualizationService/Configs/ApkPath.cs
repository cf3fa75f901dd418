using System.Text.Json.Serialization;

namespace VirtualizationService.Configs;

/// <summary>An APK that a payload asks for by path.</summary>
/// <param name="Path">A file of the host.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record ApkPath(string Path);
