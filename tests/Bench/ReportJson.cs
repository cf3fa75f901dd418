using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bench;

/// <summary>The report for programs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    internal static string Write(Report report) => JsonSerializer.Serialize(report, Default.Report);
}
