using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>Reads and writes JSON without reflection.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(VmPayloadConfig))]
internal sealed partial class PayloadConfigJson : JsonSerializerContext
{
    /// <summary>As the files are written: strict but for comments, which no version of AVF reads either.</summary>
    public static PayloadConfigJson Strict { get; } = new(new JsonSerializerOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
}
