using System.Text;
using Kvm.Interop;

namespace Microdroid.Failure;

/// <summary>Tells the host by which death reason the guest ends: the serial port that the firmware uses too.</summary>
/// <param name="open">Opens the port for writing.</param>
internal sealed class FailureChannel(Func<IFailurePort> open)
{
    /// <summary>The bytes of one write: the port's queue (AVF writes so too).</summary>
    public const int ChunkSize = 16;

    /// <summary>The longest text behind the word, in bytes: the host takes a line, not a story.</summary>
    public const int MaximumDetail = 1024;

    /// <summary>The word, and of <see cref="FailureReason.UnknownRuntimeError"/> the details behind <c>|</c>. Payloads have not run then, so it has no secrets.</summary>
    public static string Describe(Exception failure) => MicrodroidException.ReasonOf(failure) switch
    {
        FailureReason.FailedToConnectToVirtualizationService => "MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE",
        FailureReason.PayloadChanged => "MICRODROID_PAYLOAD_HAS_CHANGED",
        FailureReason.PayloadVerificationFailed => "MICRODROID_PAYLOAD_VERIFICATION_FAILED",
        FailureReason.PayloadInvalidConfig => "MICRODROID_INVALID_PAYLOAD_CONFIG",
        _ => "MICRODROID_UNKNOWN_RUNTIME_ERROR|" + Detail(failure.Message),
    };

    /// <summary>Writes the reason. A port that cannot be written changes nothing: the guest ends all the same.</summary>
    public void Write(Exception failure)
    {
        byte[] text = Encoding.UTF8.GetBytes(Describe(failure));
        try
        {
            using IFailurePort port = open();
            for (int offset = 0; offset < text.Length; offset += ChunkSize)
            {
                port.Write(text.AsSpan(offset, Math.Min(ChunkSize, text.Length - offset)));
            }

            port.Drain();
        }
        catch (LinuxException e)
        {
            Console.Error.WriteLine($"microdroid_manager: the reason cannot be written to the host: {e.Message}");
        }
    }

    /// <summary>One line without the character that separates the host's fields.</summary>
    private static string Detail(string message)
    {
        char[] line = [.. message.Take(MaximumDetail).Select(c => c is '|' || char.IsControl(c) ? ' ' : c)];
        return new string(line);
    }
}
