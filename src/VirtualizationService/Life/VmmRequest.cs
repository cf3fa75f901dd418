using System.Text.Json;
using Kvm.Interop.Sockets;
using Virtualization;

namespace VirtualizationService.Life;

/// <summary>A request to a VMM that runs, by its control socket (docs/control-socket.md).</summary>
internal static class VmmRequest
{
    private const int MaxAnswer = 4096;

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="request">JSON.</param>
    /// <param name="patience">How long the answer may take.</param>
    /// <returns>The answer, an object; null when the VMM has closed the connection without one.</returns>
    /// <exception cref="VirtualMachineException">The VMM refused, or answered with no JSON.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">There is no VMM.</exception>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    internal static JsonDocument? Send(string path, ReadOnlySpan<byte> request, TimeSpan patience)
    {
        using SeqPacketSocket socket = SeqPacketSocket.Connect(path);
        socket.Send(request);
        if (!socket.WaitReadable((int)patience.TotalMilliseconds))
        {
            throw new TimeoutException($"the virtual machine monitor did not answer within {patience.TotalSeconds:0} seconds");
        }

        byte[] buffer = new byte[MaxAnswer];
        using ReceivedMessage message = socket.Receive(buffer);
        return message.Length > 0 ? Check(buffer.AsMemory(0, message.Length)) : null;
    }

    private static JsonDocument Check(ReadOnlyMemory<byte> text)
    {
        JsonDocument answer;
        try
        {
            answer = JsonDocument.Parse(text);
        }
        catch (JsonException fault)
        {
            throw new VirtualMachineException("the virtual machine monitor refused: its answer is no JSON", fault);
        }

        JsonElement root = answer.RootElement;
        bool isObject = root.ValueKind == JsonValueKind.Object;
        if (isObject && root.TryGetProperty("ok", out JsonElement ok) && ok.ValueKind == JsonValueKind.True)
        {
            return answer;
        }

        using (answer)
        {
            string reason = isObject && root.TryGetProperty("error", out JsonElement error) ? error.ToString() : "it gives no reason";
            throw new VirtualMachineException($"the virtual machine monitor refused: {reason}");
        }
    }
}
