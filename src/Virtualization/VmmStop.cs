using System.Text.Json;
using Kvm.Interop.Sockets;

namespace Virtualization;

/// <summary>Stops a VM by the control socket of its VMM, which the service makes in the VM's temporary directory (docs/control-socket.md).</summary>
/// <remarks>The service's own interface has no such call: there a VM belongs to the client that made it. The directory is its user's alone.</remarks>
internal static class VmmStop
{
    private const string SocketName = "control";
    private const int MaxAnswer = 4096;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    internal static void Send(string temporaryDirectory)
    {
        using SeqPacketSocket socket = SeqPacketSocket.Connect(Path.Combine(temporaryDirectory, SocketName));
        socket.Send("""{"request":"stop"}"""u8);
        byte[] buffer = new byte[MaxAnswer];
        if (!socket.WaitReadable((int)s_patience.TotalMilliseconds))
        {
            throw new TimeoutException($"its VMM did not answer within {s_patience.TotalSeconds:0} seconds");
        }

        using ReceivedMessage answer = socket.Receive(buffer);
        // A VMM that is gone before it answers has stopped, too.
        if (answer.Length > 0 && Refusal(buffer.AsMemory(0, answer.Length)) is { } refusal)
        {
            throw new VirtualMachineException($"its VMM refused: {refusal}");
        }
    }

    private static string? Refusal(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer);
            JsonElement root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("ok", out JsonElement ok) && ok.ValueKind == JsonValueKind.True
                ? null
                : root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement error) ? error.ToString() : "no reason given";
        }
        catch (JsonException)
        {
            return "its answer is no JSON";
        }
    }
}
