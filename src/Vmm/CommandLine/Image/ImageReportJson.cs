using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vmm.CommandLine.Image;

/// <summary>Reports of <c>vmm image</c> as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageReport))]
[JsonSerializable(typeof(VerifyReport))]
internal sealed partial class ImageReportJson : JsonSerializerContext
{
    /// <summary>An image's text.</summary>
    public static string Write(ImageReport report) => Text(writer => JsonSerializer.Serialize(writer, report, Default.ImageReport));

    /// <summary>A verification's text.</summary>
    public static string Write(VerifyReport report) => Text(writer => JsonSerializer.Serialize(writer, report, Default.VerifyReport));

    private static string Text(Action<Utf8JsonWriter> write)
    {
        // Nothing puts this text into a web page.
        var readable = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, readable))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
