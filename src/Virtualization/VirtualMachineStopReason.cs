namespace Virtualization;

/// <summary>Why a VM stopped (STOP_REASON_* of android.system.virtualmachine.VirtualMachineCallback).</summary>
public enum VirtualMachineStopReason
{
    /// <summary>The service died, and the VM with it.</summary>
    VirtualizationServiceDied = -1,

    /// <inheritdoc cref="Aidl.DeathReason.InfrastructureError"/>
    InfrastructureError = Aidl.DeathReason.InfrastructureError,

    /// <inheritdoc cref="Aidl.DeathReason.Killed"/>
    Killed = Aidl.DeathReason.Killed,

    /// <inheritdoc cref="Aidl.DeathReason.Unknown"/>
    Unknown = Aidl.DeathReason.Unknown,

    /// <inheritdoc cref="Aidl.DeathReason.Shutdown"/>
    Shutdown = Aidl.DeathReason.Shutdown,

    /// <inheritdoc cref="Aidl.DeathReason.StartFailed"/>
    StartFailed = Aidl.DeathReason.StartFailed,

    /// <inheritdoc cref="Aidl.DeathReason.Reboot"/>
    Reboot = Aidl.DeathReason.Reboot,

    /// <inheritdoc cref="Aidl.DeathReason.Crash"/>
    Crash = Aidl.DeathReason.Crash,

    /// <inheritdoc cref="Aidl.DeathReason.PvmFirmwarePublicKeyMismatch"/>
    PvmFirmwarePublicKeyMismatch = Aidl.DeathReason.PvmFirmwarePublicKeyMismatch,

    /// <inheritdoc cref="Aidl.DeathReason.PvmFirmwareInstanceImageChanged"/>
    PvmFirmwareInstanceImageChanged = Aidl.DeathReason.PvmFirmwareInstanceImageChanged,

    /// <summary>A boot loader did not trust the next stage; Android 13 only.</summary>
    BootloaderPublicKeyMismatch = 9,

    /// <summary>A boot loader found that the instance belongs to other code; Android 13 only.</summary>
    BootloaderInstanceImageChanged = 10,

    /// <inheritdoc cref="Aidl.DeathReason.MicrodroidFailedToConnectToVirtualizationService"/>
    MicrodroidFailedToConnectToVirtualizationService = Aidl.DeathReason.MicrodroidFailedToConnectToVirtualizationService,

    /// <inheritdoc cref="Aidl.DeathReason.MicrodroidPayloadHasChanged"/>
    MicrodroidPayloadHasChanged = Aidl.DeathReason.MicrodroidPayloadHasChanged,

    /// <inheritdoc cref="Aidl.DeathReason.MicrodroidPayloadVerificationFailed"/>
    MicrodroidPayloadVerificationFailed = Aidl.DeathReason.MicrodroidPayloadVerificationFailed,

    /// <inheritdoc cref="Aidl.DeathReason.MicrodroidInvalidPayloadConfig"/>
    MicrodroidInvalidPayloadConfig = Aidl.DeathReason.MicrodroidInvalidPayloadConfig,

    /// <inheritdoc cref="Aidl.DeathReason.MicrodroidUnknownRuntimeError"/>
    MicrodroidUnknownRuntimeError = Aidl.DeathReason.MicrodroidUnknownRuntimeError,

    /// <inheritdoc cref="Aidl.DeathReason.Hangup"/>
    Hangup = Aidl.DeathReason.Hangup,

    /// <inheritdoc cref="Aidl.DeathReason.WatchdogReboot"/>
    WatchdogReboot = Aidl.DeathReason.WatchdogReboot,
}
