using System.Text.Json;
using System.Text.Json.Serialization;
using VirtualizationService.Directories;
using VirtualizationService.Permissions;

namespace VirtualizationService;

/// <summary>The JSON files of the service.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    WriteIndented = true)]
[JsonSerializable(typeof(Policy))]
[JsonSerializable(typeof(VmRecord))]
internal sealed partial class ServiceJson : JsonSerializerContext;
