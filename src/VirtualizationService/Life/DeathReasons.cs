using Kvm.Interop.Processes;
using Virtualization.Aidl;

namespace VirtualizationService.Life;

/// <summary>From how the VMM ended, and what the guest said about it, to the reason that clients read. Source: AVF, android/virtmgr/src/crosvm.rs.</summary>
public static class DeathReasons
{
    /// <summary>The word for a guest that never said that its payload has started.</summary>
    public const string Hangup = "HANGUP";

    /// <summary>The reason.</summary>
    /// <param name="exit">How the VMM ended, with <c>--extended-status</c>; null when that could not be learned.</param>
    /// <param name="failure">What came through the failure pipe: a word, and perhaps <c>|</c> and text.</param>
    public static DeathReason Of(ChildExit? exit, string failure) => OfWord(WordOf(failure)) ?? exit switch
    {
        null => DeathReason.InfrastructureError,
        { Signal: not null } => DeathReason.Killed,
        { Status: 0 } => DeathReason.Shutdown,
        { Status: 1 } => DeathReason.StartFailed,
        { Status: 32 } => DeathReason.Reboot,
        { Status: 33 } => DeathReason.Crash,
        { Status: 36 } => DeathReason.WatchdogReboot,
        _ => DeathReason.Unknown,
    };

    /// <summary>The word in what came through the failure pipe: the first of its fields, the first line.</summary>
    public static string WordOf(string failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.TrimStart().Split('|', '\r', '\n')[0].Trim();
    }

    /// <summary>The reason that a word stands for; null for one that says nothing more than the VMM's status, such as the firmware's others.</summary>
    public static DeathReason? OfWord(string word) => word switch
    {
        "PVM_FIRMWARE_PUBLIC_KEY_MISMATCH" => DeathReason.PvmFirmwarePublicKeyMismatch,
        "PVM_FIRMWARE_INSTANCE_IMAGE_CHANGED" => DeathReason.PvmFirmwareInstanceImageChanged,
        "MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE" => DeathReason.MicrodroidFailedToConnectToVirtualizationService,
        "MICRODROID_PAYLOAD_HAS_CHANGED" => DeathReason.MicrodroidPayloadHasChanged,
        "MICRODROID_PAYLOAD_VERIFICATION_FAILED" => DeathReason.MicrodroidPayloadVerificationFailed,
        "MICRODROID_INVALID_PAYLOAD_CONFIG" => DeathReason.MicrodroidInvalidPayloadConfig,
        "MICRODROID_UNKNOWN_RUNTIME_ERROR" => DeathReason.MicrodroidUnknownRuntimeError,
        Hangup => DeathReason.Hangup,
        _ => null,
    };
}
