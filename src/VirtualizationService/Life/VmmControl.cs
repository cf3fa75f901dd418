using System.Text;
using System.Text.Json;
using Kvm.Interop;
using Kvm.Interop.Sockets;

namespace VirtualizationService.Life;

/// <summary>Asks a VMM that runs, through its control socket.</summary>
/// <param name="path">The socket.</param>
internal sealed class VmmControl(string path)
{
    private const int LargestAnswer = 4096;

    // Longer than the VMM itself waits for the guest (60 s).
    private const int PatienceMilliseconds = 70_000;

    /// <summary>No vCPU runs guest code from here on.</summary>
    public void Suspend() => Ask("""{"request":"suspend"}""").Dispose();

    /// <summary>The vCPUs may run.</summary>
    public void Resume() => Ask("""{"request":"resume"}""").Dispose();

    /// <summary>Tells the guest how many bytes to put into its balloon.</summary>
    public void SetBalloon(long bytes) => Ask($$"""{"request":"balloon","bytes":{{bytes}}}""").Dispose();

    /// <summary>The bytes that are in the balloon.</summary>
    public long GetBalloon()
    {
        using JsonDocument answer = Ask("""{"request":"status"}""");
        return answer.RootElement.TryGetProperty("status", out JsonElement status)
            && status.TryGetProperty("activity", out JsonElement activity)
            && activity.TryGetProperty("balloonBytes", out JsonElement bytes)
            && bytes.ValueKind == JsonValueKind.Number
            ? bytes.GetInt64()
            : throw new RefusedException(Refusal.Unsupported, "this virtual machine has no memory balloon");
    }

    /// <exception cref="RefusedException">The VMM cannot, or does not answer.</exception>
    private JsonDocument Ask(string request)
    {
        try
        {
            using SeqPacketSocket socket = SeqPacketSocket.Connect(path);
            socket.Send(Encoding.UTF8.GetBytes(request));
            if (!socket.WaitReadable(PatienceMilliseconds))
            {
                throw new RefusedException(Refusal.Failed, "the virtual machine monitor does not answer");
            }

            byte[] buffer = new byte[LargestAnswer];
            using ReceivedMessage message = socket.Receive(buffer);
            return Check(buffer.AsMemory(0, Math.Max(0, message.Length)));
        }
        catch (LinuxException failure)
        {
            throw new RefusedException(Refusal.Failed, $"the virtual machine monitor cannot be asked: {failure.Message}", failure);
        }
    }

    private static JsonDocument Check(ReadOnlyMemory<byte> text)
    {
        JsonDocument answer;
        try
        {
            answer = JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new RefusedException(Refusal.Failed, "the virtual machine monitor closed the connection without an answer", e);
        }

        if (answer.RootElement.ValueKind == JsonValueKind.Object
            && answer.RootElement.TryGetProperty("ok", out JsonElement ok)
            && ok.ValueKind == JsonValueKind.True)
        {
            return answer;
        }

        using (answer)
        {
            string? error = answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("error", out JsonElement text1)
                ? text1.ToString()
                : null;
            throw new RefusedException(Refusal.Failed, error ?? "the virtual machine monitor refused");
        }
    }
}
