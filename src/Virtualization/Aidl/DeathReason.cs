namespace Virtualization.Aidl;

/// <summary>Why a VM died (AVF DeathReason.aidl; 9 and 10 were of a boot loader that Android 14 dropped).</summary>
public enum DeathReason
{
    /// <summary>The service could not find out.</summary>
    InfrastructureError = 0,

    /// <summary>It was killed, perhaps by <see cref="IVirtualMachine.Stop"/>.</summary>
    Killed = 1,

    /// <summary>Nobody knows.</summary>
    Unknown = 2,

    /// <summary>The guest shut down.</summary>
    Shutdown = 3,

    /// <summary>The VMM could not start it.</summary>
    StartFailed = 4,

    /// <summary>The guest asked for a reboot.</summary>
    Reboot = 5,

    /// <summary>The guest's kernel panicked.</summary>
    Crash = 6,

    /// <summary>The firmware does not trust the key that signed the kernel.</summary>
    PvmFirmwarePublicKeyMismatch = 7,

    /// <summary>The firmware found that the instance belongs to other code.</summary>
    PvmFirmwareInstanceImageChanged = 8,

    /// <summary>The guest's manager could not reach the host's service.</summary>
    MicrodroidFailedToConnectToVirtualizationService = 11,

    /// <summary>The payload is not the one that the instance belongs to.</summary>
    MicrodroidPayloadHasChanged = 12,

    /// <summary>The payload's signature or digest is wrong.</summary>
    MicrodroidPayloadVerificationFailed = 13,

    /// <summary>The payload's configuration is wrong.</summary>
    MicrodroidInvalidPayloadConfig = 14,

    /// <summary>The guest failed for another reason.</summary>
    MicrodroidUnknownRuntimeError = 15,

    /// <summary>The payload did not start in time.</summary>
    Hangup = 16,

    /// <summary>The guest's watchdog fired.</summary>
    WatchdogReboot = 17,
}
