using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microdroid.Configuration;

/// <summary>Reads and writes JSON without reflection.</summary>
[JsonSerializable(typeof(VmPayloadConfig))]
internal sealed partial class PayloadConfigJson : JsonSerializerContext
{
    /// <summary>Without nulls where there is to be something, and without a name twice.</summary>
    public static PayloadConfigJson Strict { get; } =
        new(new JsonSerializerOptions { AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 16 });
}
