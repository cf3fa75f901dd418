using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>What can be said about a configuration without looking at the host.</summary>
public static class VmConfigCheck
{
    private const ulong PageSize = 4096;

    /// <summary>Refuses what no host could run and tells what would have no effect.</summary>
    /// <returns>Warnings, one line each.</returns>
    /// <exception cref="InvalidOptionException">The first fault, with the option that caused it.</exception>
    public static IReadOnlyList<string> Check(VmConfig config)
    {
        var warnings = new List<string>();
        CheckMemory(config);
        CheckCpus(config);
        CheckFirmware(config);
        CheckParams(config);
        SerialCheck.Check(config.Serial, warnings);
        BlockCheck.Check(config.Disks);
        BalloonCheck.Check(config, warnings);
        VsockCheck.Check(config.Vsock);
        NetCheck.Check(config);
        CheckPci(config);
        CheckCompat(config);
        WarnOfNoEffect(config, warnings);
        return warnings;
    }

    private static void CheckMemory(VmConfig config)
    {
        if (config.MemoryMib is < VmLimits.MinMemoryMib or > VmLimits.MaxMemoryMib)
        {
            throw new InvalidOptionException(
                $"--mem: {config.MemoryMib} MiB is outside {VmLimits.MinMemoryMib} to {VmLimits.MaxMemoryMib} MiB");
        }

        var pool = config.EffectiveSwiotlbMib;
        if (pool >= config.MemoryMib)
        {
            var origin = config.SwiotlbMib is not null ? "the pool asked for" : config.IsProtected ? "the pool of a protected VM" : "the pool that a firmware wants";
            throw new InvalidOptionException(
                $"--swiotlb: {origin} is {pool} MiB, which does not fit into --mem {config.MemoryMib}; give more memory or a smaller --swiotlb");
        }
    }

    private static void CheckCpus(VmConfig config)
    {
        if (config.CpuCount is < 1 or > VmLimits.MaxCpus)
        {
            throw new InvalidOptionException($"--cpus: {config.CpuCount} vCPUs asked for; 1 to {VmLimits.MaxCpus} are possible");
        }
    }

    private static void CheckFirmware(VmConfig config)
    {
        if (config.FirmwareKeyPath is not null && !config.RunsFirmware)
        {
            throw new InvalidOptionException("--pvmfw-key is the key that a firmware is signed with, and none is started");
        }

        if (config.DeviceSecretPath is not null && !config.RunsFirmware)
        {
            throw new InvalidOptionException("--device-secret is what a firmware's secrets are derived from, and none is started");
        }

        if (config.RunsFirmware && config.EffectiveSwiotlbMib == 0)
        {
            throw new InvalidOptionException("--swiotlb: 0 MiB; a firmware starts no machine without the pool through which devices exchange data");
        }
    }

    private static void CheckParams(VmConfig config)
    {
        var length = config.Params.Sum(static part => System.Text.Encoding.UTF8.GetByteCount(part) + 1);
        if (length > VmLimits.MaxKernelParams)
        {
            throw new InvalidOptionException(
                $"--params: {length} bytes of kernel parameters; the kernel takes {VmLimits.MaxKernelParams}, those that vmm adds included");
        }
    }

    private static void CheckPci(VmConfig config)
    {
        CheckWindow("cam", config.PciCam);
        CheckWindow("mem", config.PciMem);
        if (config.PciCam is { } cam && cam.Size != VmLimits.PciCamSize)
        {
            throw new InvalidOptionException($"--pci: cam has a size of 0x{cam.Size:x} bytes; it must be 0x{VmLimits.PciCamSize:x}");
        }

        if (config.PciCam is { } first && config.PciMem is { } second && first.Overlaps(second))
        {
            throw new InvalidOptionException($"--pci: cam {first} and mem {second} overlap");
        }
    }

    private static void CheckWindow(string key, AddressRange? window)
    {
        if (window is not { } range)
        {
            return;
        }

        if (range.Size == 0 || range.Start % PageSize != 0 || range.Size % PageSize != 0)
        {
            throw new InvalidOptionException(
                $"--pci: {key} starts at 0x{range.Start:x} with 0x{range.Size:x} bytes; both must be multiples of 0x{PageSize:x}, the size not 0");
        }

        if (range.Size > uint.MaxValue || range.Start > uint.MaxValue + 1UL - range.Size)
        {
            throw new InvalidOptionException($"--pci: {key} starts at 0x{range.Start:x} with 0x{range.Size:x} bytes; it must end below 4 GiB");
        }
    }

    private static void CheckCompat(VmConfig config)
    {
        if (config.CompatDate is { } date && date < CrosvmCompat.Earliest)
        {
            throw new InvalidOptionException($"--compat-date: {Iso(date)} is before {Iso(CrosvmCompat.Earliest)}, the oldest machine that vmm knows");
        }
    }

    private static void WarnOfNoEffect(VmConfig config, List<string> warnings)
    {
        if (config.Suspended && config.SocketPath is null)
        {
            warnings.Add("--suspended without --socket: nothing can resume this VM");
        }

        if (!config.VirtioIntx && !config.WantsIts)
        {
            warnings.Add("--disable-virtio-intx without --irqchip kernel[allow-vgic-its]: virtio devices cannot interrupt the guest");
        }

        foreach (var overlay in config.DeviceTreeOverlays)
        {
            if (overlay.Filter)
            {
                warnings.Add($"--device-tree-overlay {overlay.Path}: filter keeps nodes of assigned devices only, and there are none");
            }
        }
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
