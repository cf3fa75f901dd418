using Virtualization.Aidl;

namespace VirtualizationService.Configs;

/// <summary>What an app's configuration must have, and what of it needs the permission to run VMs of one's own making.</summary>
public static class AppConfigCheck
{
    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="RefusedException">The first fault.</exception>
    public static void Check(VirtualMachineAppConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        string? missing = config.Apk is null ? "APK" : config.Idsig is null ? "idsig file" : config.InstanceImage is null ? "instance image" : null;
        string? fault = missing is not null ? $"the configuration has no {missing}"
            : config.DebugLevel is not (DebugLevel.None or DebugLevel.Full) ? $"{(int)config.DebugLevel} is no debug level; 0 (none) and 1 (full) are"
            : config.Payload.ConfigPath is null == config.Payload.PayloadConfig is null ? "the payload must be exactly one of a configuration's path and a binary's name"
            : config.Payload.PayloadConfig is { } payload ? BinaryFault(payload.PayloadBinaryName)
            : config.Payload.ConfigPath!.Length == 0 ? "the path of the payload's configuration is empty"
            : null;
        if (fault is not null)
        {
            throw new RefusedException(Refusal.Argument, fault);
        }
    }

    /// <summary>What needs USE_CUSTOM_VIRTUAL_MACHINE; null when nothing does. Source: AVF, android/virtmgr/src/aidl.rs, is_custom_config.</summary>
    public static string? CustomPart(VirtualMachineAppConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.CustomConfig is not null ? "a custom configuration"
            : config.Payload.ConfigPath is not null ? "a payload configuration by path"
            : config.Payload.PayloadConfig is { ExtraApks.Count: > 0 } ? "extra APKs"
            : config.OsName != VirtualMachineAppConfig.DefaultOsName ? $"the operating system {config.OsName}"
            : null;
    }

    /// <summary>The binary is a file of the APK's directory for native code, not a path.</summary>
    private static string? BinaryFault(string name) =>
        name.Length == 0 ? "the payload's binary has no name"
        : name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal) ? $"the payload's binary '{name}' must be a name, not a path"
        : null;
}
