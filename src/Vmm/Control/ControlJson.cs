using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vmm.Control;

/// <summary>The messages of the control socket as JSON, one message a packet.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    MaxDepth = 8)] // what a newer server adds to its answers is skipped; requests allow nothing unknown
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlResponse))]
internal sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>The longest message in either direction, in bytes. A longer request is answered with an error and ends the connection.</summary>
    public const int MaxMessage = 4096;

    /// <summary>Reads a request.</summary>
    /// <returns>False when the packet is not one.</returns>
    public static bool TryReadRequest(ReadOnlySpan<byte> packet, out ControlRequest request)
    {
        try
        {
            request = JsonSerializer.Deserialize(packet, Default.ControlRequest) ?? new ControlRequest { Request = "" };
            return request.Request is { Length: > 0 };
        }
        catch (JsonException)
        {
            request = new ControlRequest { Request = "" };
            return false;
        }
    }

    /// <summary>Reads a response.</summary>
    /// <returns>Null when the packet is not one.</returns>
    public static ControlResponse? ReadResponse(ReadOnlySpan<byte> packet)
    {
        try
        {
            return JsonSerializer.Deserialize(packet, Default.ControlResponse);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The packet of a request.</summary>
    public static byte[] Write(ControlRequest request) => JsonSerializer.SerializeToUtf8Bytes(request, Default.ControlRequest);

    /// <summary>The packet of a response.</summary>
    public static byte[] Write(ControlResponse response) => JsonSerializer.SerializeToUtf8Bytes(response, Default.ControlResponse);
}
