using System.Text.Json.Serialization;
using Vmm.Control;

namespace Vmm.CommandLine;

/// <summary>What <c>vmm balloon_stats</c> prints, in the form that crosvm's prints it.</summary>
/// <param name="BalloonStats">The statistics.</param>
internal sealed record BalloonOutput([property: JsonPropertyName("BalloonStats")] BalloonReport BalloonStats);

/// <summary>Writes it: names of members as in crosvm, null for what the guest does not say.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BalloonOutput))]
internal sealed partial class BalloonOutputJson : JsonSerializerContext;
