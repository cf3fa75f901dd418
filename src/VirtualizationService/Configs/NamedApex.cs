using System.Text.Json.Serialization;

namespace VirtualizationService.Configs;

/// <summary>An APEX that a payload asks for by name.</summary>
/// <param name="Name">The name; <c>{CLASSPATH}</c> is a set that a host without Android has none of.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record NamedApex(string Name);
