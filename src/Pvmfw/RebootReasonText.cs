namespace Pvmfw;

/// <summary>The line that the firmware writes on the second serial port before it resets the machine. Source: Android, guest/pvmfw, and virtmgr, which reads it.</summary>
public static class RebootReasonText
{
    /// <summary>The line, in ASCII and without its end; empty where the guest is started.</summary>
    public static ReadOnlySpan<byte> Of(RebootReason reason) => reason switch
    {
        RebootReason.None => default,
        RebootReason.InvalidBcc => "PVM_FIRMWARE_INVALID_BCC"u8,
        RebootReason.InvalidConfigData => "PVM_FIRMWARE_INVALID_CONFIG_DATA"u8,
        RebootReason.InvalidFdt => "PVM_FIRMWARE_INVALID_FDT"u8,
        RebootReason.InvalidPayload => "PVM_FIRMWARE_INVALID_PAYLOAD"u8,
        RebootReason.InvalidRamdisk => "PVM_FIRMWARE_INVALID_RAMDISK"u8,
        RebootReason.PayloadVerificationFailed => "PVM_FIRMWARE_PAYLOAD_VERIFICATION_FAILED"u8,
        RebootReason.SecretDerivationFailed => "PVM_FIRMWARE_SECRET_DERIVATION_FAILED"u8,
        RebootReason.PublicKeyMismatch => "PVM_FIRMWARE_PUBLIC_KEY_MISMATCH"u8,
        RebootReason.InstanceImageChanged => "PVM_FIRMWARE_INSTANCE_IMAGE_CHANGED"u8,
        _ => "PVM_FIRMWARE_INTERNAL_ERROR"u8,
    };
}
