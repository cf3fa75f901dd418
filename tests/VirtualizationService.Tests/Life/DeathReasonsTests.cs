using Kvm.Interop.Processes;
using Virtualization.Aidl;
using VirtualizationService.Life;

namespace VirtualizationService.Tests.Life;

public class DeathReasonsTests
{
    [Theory]
    [InlineData(0, null, DeathReason.Shutdown)]
    [InlineData(1, null, DeathReason.StartFailed)]
    [InlineData(32, null, DeathReason.Reboot)]
    [InlineData(33, null, DeathReason.Crash)]
    [InlineData(34, null, DeathReason.Unknown)]
    [InlineData(35, null, DeathReason.Unknown)]
    [InlineData(36, null, DeathReason.WatchdogReboot)]
    [InlineData(null, 9, DeathReason.Killed)]
    [InlineData(null, 11, DeathReason.Killed)]
    public void The_VMMs_end_has_a_reason(int? status, int? signal, DeathReason reason) =>
        Assert.Equal(reason, DeathReasons.Of(new ChildExit(status, signal), ""));

    [Fact]
    public void An_end_that_could_not_be_learned_is_the_infrastructures() => Assert.Equal(DeathReason.InfrastructureError, DeathReasons.Of(null, ""));

    [Theory]
    [InlineData("PVM_FIRMWARE_PUBLIC_KEY_MISMATCH", DeathReason.PvmFirmwarePublicKeyMismatch)]
    [InlineData("PVM_FIRMWARE_INSTANCE_IMAGE_CHANGED", DeathReason.PvmFirmwareInstanceImageChanged)]
    [InlineData("MICRODROID_FAILED_TO_CONNECT_TO_VIRTUALIZATION_SERVICE", DeathReason.MicrodroidFailedToConnectToVirtualizationService)]
    [InlineData("MICRODROID_PAYLOAD_HAS_CHANGED", DeathReason.MicrodroidPayloadHasChanged)]
    [InlineData("MICRODROID_PAYLOAD_VERIFICATION_FAILED", DeathReason.MicrodroidPayloadVerificationFailed)]
    [InlineData("MICRODROID_INVALID_PAYLOAD_CONFIG", DeathReason.MicrodroidInvalidPayloadConfig)]
    [InlineData("MICRODROID_UNKNOWN_RUNTIME_ERROR", DeathReason.MicrodroidUnknownRuntimeError)]
    [InlineData("HANGUP", DeathReason.Hangup)]
    public void A_word_of_the_guest_overrides_how_the_VMM_ended(string word, DeathReason reason)
    {
        foreach (string text in (string[])[word, $"{word}|it was so", $"{word}\r\n", $"\n{word}|a|b\nmore"])
        {
            Assert.Equal(reason, DeathReasons.Of(new ChildExit(32, null), text));
            Assert.Equal(reason, DeathReasons.Of(new ChildExit(null, 9), text));
            Assert.Equal(reason, DeathReasons.Of(null, text));
        }
    }

    [Theory]
    [InlineData("PVM_FIRMWARE_INVALID_FDT")]
    [InlineData("PVM_FIRMWARE_PAYLOAD_VERIFICATION_FAILED")]
    [InlineData("HANGUPS")]
    [InlineData("x HANGUP")]
    [InlineData("|HANGUP")]
    public void Another_word_leaves_the_reason_to_the_VMMs_status(string word) =>
        Assert.Equal(DeathReason.Reboot, DeathReasons.Of(new ChildExit(32, null), word));
}
