using System.Text.Json.Serialization;

namespace Virtualization.Configuration;

/// <summary>Reads the types of a <see cref="VmConfigFile"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(VmConfigFile))]
internal sealed partial class VmConfigJson : JsonSerializerContext;
