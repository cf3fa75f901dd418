using System.Text;
using System.Text.Json;
using Kvm.Interop;
using Virtualization;

namespace VirtualizationService.Life;

/// <summary>Asks a VMM that runs, through its control socket.</summary>
/// <param name="path">The socket.</param>
internal sealed class VmmControl(string path)
{
    // Longer than the VMM itself waits for the guest (60 s).
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(70);

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
            return VmmRequest.Send(path, Encoding.UTF8.GetBytes(request), s_patience)
                ?? throw new RefusedException(Refusal.Failed, "the virtual machine monitor closed the connection without an answer");
        }
        catch (LinuxException failure)
        {
            throw new RefusedException(Refusal.Failed, $"the virtual machine monitor cannot be asked: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is VirtualMachineException or TimeoutException)
        {
            throw new RefusedException(Refusal.Failed, failure.Message, failure);
        }
    }
}
