using System.Text.Json;
using System.Text.Json.Serialization;

namespace VirtualizationService.Configs;

/// <summary>The JSON of payload configurations, in AVF's spelling of members.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(PayloadConfigFile))]
internal sealed partial class PayloadConfigJson : JsonSerializerContext;
