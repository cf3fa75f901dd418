using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BootLoader.Dice.Text;

namespace Vmm.CommandLine.Image;

/// <summary>A DICE report as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DiceReport))]
internal sealed partial class DiceReportJson : JsonSerializerContext
{
    /// <summary>The report's text.</summary>
    public static string Write(DiceReport report)
    {
        // Names of components should be readable; nothing puts this text into a web page.
        var readable = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, readable))
        {
            JsonSerializer.Serialize(writer, report, Default.DiceReport);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
