using Virtualization.Aidl;
using Virtualization.Configuration;
using VirtualizationService.Permissions;

namespace VirtualizationService.Configs;

/// <summary>AVF's rules about a configuration (android/virtmgr/src/aidl.rs), and what this VMM cannot do.</summary>
/// <param name="trust">Which files may be images.</param>
public sealed class RawConfigCheck(ImageTrust trust)
{
    private const int LargestMemoryMib = 1 << 20;

    /// <summary>Partitions that the client's own library makes, whose content nobody has to vouch for.</summary>
    private static readonly HashSet<string> s_generatedForApp = ["vm-instance", "encryptedstore", "payload-metadata", "microdroid-apk-idsig"];

    /// <summary>Refuses what cannot be or must not be.</summary>
    /// <param name="config">The configuration, a client's own or an app's.</param>
    /// <param name="isApp">Whether it was made from an app's.</param>
    /// <param name="isDebuggable">Whether the guest may be debugged.</param>
    /// <param name="canProtect">Asked only for a protected VM: whether this host has them.</param>
    /// <exception cref="RefusedException">The first fault.</exception>
    public void Check(VirtualMachineRawConfig config, bool isApp, bool isDebuggable, Func<bool> canProtect)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(canProtect);
        CheckSense(config);
        CheckAbilities(config, isDebuggable, canProtect);
        foreach (DiskImage disk in config.Disks)
        {
            if (disk.Image is { } image)
            {
                trust.Check(image, "disk image");
            }

            foreach (Partition partition in disk.Partitions)
            {
                if (partition.Image is null)
                {
                    throw new RefusedException(Refusal.Argument, $"the partition {partition.Label} has no image");
                }

                if (!IsGenerated(partition.Label, isApp))
                {
                    trust.Check(partition.Image, $"partition {partition.Label}");
                }
            }
        }

        // What an unprotected guest starts from is the user's own affair, as it is in AVF.
        if (config.ProtectedVm)
        {
            trust.Check(config.Kernel!, "kernel");
            if (config.Initrd is not null)
            {
                trust.Check(config.Initrd, "initrd");
            }
        }
    }

    /// <summary>Whether a partition's content is made by the client's library for this VM.</summary>
    public static bool IsGenerated(string label, bool isApp)
    {
        ArgumentNullException.ThrowIfNull(label);
        return isApp ? s_generatedForApp.Contains(label) || label.StartsWith("extra-idsig-", StringComparison.Ordinal) : label == "vm-instance";
    }

    private static void CheckSense(VirtualMachineRawConfig config)
    {
        VersionRequirement requirement = VersionRequirement.Parse(config.PlatformVersion)
            ?? throw new RefusedException(Refusal.Argument, $"platform_version: '{config.PlatformVersion}' is no requirement of a version, such as ~1.0");
        if (!requirement.Matches(VersionRequirement.Platform))
        {
            throw new RefusedException(
                Refusal.Argument, $"the configuration is for version {config.PlatformVersion} of the platform; this is {VersionRequirement.Platform}");
        }

        string? fault = config.Kernel is null && config.Bootloader is null ? "the configuration has neither a kernel nor a bootloader"
            : config.MemoryMib > LargestMemoryMib ? $"{config.MemoryMib} MiB of memory are more than {LargestMemoryMib}"
            : config.CpuTopology is not (CpuTopology.OneCpu or CpuTopology.MatchHost) ? $"{(int)config.CpuTopology} is no CPU topology; 0 (one CPU) and 1 (match host) are"
            : config.ConsoleInputDevice is not (null or "hvc0" or "ttyS0") ? $"'{config.ConsoleInputDevice}' is no console for input; hvc0 and ttyS0 are"
            : config.InstanceId.Length != IVirtualizationService.InstanceIdLength ? $"an instance id has {IVirtualizationService.InstanceIdLength} bytes, not {config.InstanceId.Length}"
            : config.Name.Contains('\0', StringComparison.Ordinal) || config.Params?.Contains('\0', StringComparison.Ordinal) == true ? "a name or parameter has a NUL in it"
            : null;
        if (fault is not null)
        {
            throw new RefusedException(Refusal.Argument, fault);
        }
    }

    private static void CheckAbilities(VirtualMachineRawConfig config, bool isDebuggable, Func<bool> canProtect)
    {
        if (config.GdbPort > 0 && (config.ProtectedVm || !isDebuggable))
        {
            throw new RefusedException(Refusal.Security, "only a virtual machine that is debuggable and not protected can have a gdb port");
        }

        if (config.NetworkSupported && config.ProtectedVm)
        {
            throw new RefusedException(Refusal.Argument, "a protected virtual machine has no network");
        }

        string? missing = config.Bootloader is not null ? "bootloaders: give a kernel"
            : config.GdbPort > 0 ? "gdb"
            : config.NetworkSupported ? "the network"
            : config.Devices.Count > 0 ? $"assigned devices: {string.Join(", ", config.Devices)}"
            : config.DisplayConfig is not null || config.GpuConfig is not null || config.InputDevices.Count > 0 ? "displays, GPUs and input devices"
            : config.AudioConfig is not null ? "audio"
            : config.UsbConfig is { Controller: true } ? "USB"
            : null;
        if (missing is not null)
        {
            throw new RefusedException(Refusal.Unsupported, $"virtual machines have no support for {missing}");
        }

        if (config.ProtectedVm && !canProtect())
        {
            throw new RefusedException(
                Refusal.Unsupported, "this host has no protected virtual machines: they need Linux 7.1 or later started with kvm-arm.mode=protected (vmm check)");
        }
    }
}
