using System.CommandLine;
using System.Globalization;
using Vmm.Configuration;
using Vmm.Outcome;

namespace Vmm.CommandLine;

/// <summary>From the options of <c>vmm run</c> to a <see cref="VmConfig"/>.</summary>
internal sealed class RunConfigReader(RunOptions options)
{
    private static readonly KeyedSchema s_memKeys = new("size") { FirstKey = "size" };
    private static readonly KeyedSchema s_sveKeys = new("auto");
    private static readonly KeyedSchema s_rangeKeys = new("start", "size");
    private static readonly KeyedSchema s_irqchipKeys = new("type") { FirstKey = "type" };
    private static readonly KeyedSchema s_kernelIrqchipKeys = new("allow-vgic-its");

    private static readonly KeyedSchema s_cpuKeys = new("num-cores", "sve")
    {
        FirstKey = "num-cores",
        NotYet = ["boot-cpu", "clusters", "core-types", "freq_domains"],
    };

    private static readonly KeyedSchema s_pciKeys = new("cam", "mem") { NotYet = ["ecam"] };
    private static readonly KeyedSchema s_overlayKeys = new("path", "filter") { FirstKey = "path", NotYet = ["select-symbols"] };

    private static readonly Dictionary<string, FdtPosition> s_fdtPositions = new()
    {
        ["start"] = FdtPosition.Start,
        ["end"] = FdtPosition.End,
        ["after-payload"] = FdtPosition.AfterPayload,
    };

    /// <summary>Reads every option; nothing is checked against other options or the host yet.</summary>
    /// <exception cref="InvalidOptionException">A value that its option cannot have.</exception>
    public VmConfig Read(ParseResult result)
    {
        var compatDate = result.GetValue(options.CompatDate) is { } date ? ReadDate(date) : (DateOnly?)null;
        var config = new VmConfig
        {
            KernelPath = ReadKernel(result),
            InitrdPath = ReadPath(result, options.Initrd),
            Params = result.GetValue(options.Params) ?? [],
            Serial = SerialOption.ReadAll(result.GetValue(options.Serial) ?? []),
            Disks = BlockOption.ReadAll(result, options),
            Vsock = VsockOption.Read(result, options),
            Net = NetOption.ReadAll(result, options),
            VhostUser = VhostUserOption.ReadAll(result, options),
            VhostUserConnectTimeoutMs = result.GetValue(options.VhostUserConnectTimeout) is { } timeout
                ? ReadNumber("--vhost-user-connect-timeout-ms", timeout)
                : 0,
            Name = result.GetValue(options.Name),
            Hugepages = result.GetValue(options.Hugepages),
            Pmu = !result.GetValue(options.NoPmu),
            VirtioIntx = !result.GetValue(options.DisableVirtioIntx),
            Rng = !result.GetValue(options.NoRng),
            Balloon = !result.GetValue(options.NoBalloon),
            BalloonPageReporting = result.GetValue(options.BalloonPageReporting),
            InitMemMib = result.GetValue(options.InitMem) is { } initMem ? ReadNumber("--init-mem", initMem) : null,
            Rtc = !result.GetValue(options.NoRtc),
            DumpDeviceTreePath = ReadPath(result, options.DumpDeviceTreeBlob),
            DeviceTreeOverlays = [.. (result.GetValue(options.DeviceTreeOverlay) ?? []).Select(ReadOverlay)],
            Protection = ProtectionOption.Read(result, options, out string? firmware),
            FirmwarePath = firmware,
            FirmwareKeyPath = ReadPath(result, options.PvmfwKey),
            DeviceSecretPath = ReadPath(result, options.DeviceSecret),
            InstanceId = result.GetValue(options.InstanceId) is { } id ? InstanceIdOption.Read(id) : default(ReadOnlyMemory<byte>?),
            DeferRollbackProtection = result.GetValue(options.DeferRollbackProtection),
            SwiotlbMib = result.GetValue(options.Swiotlb) is { } swiotlb ? ReadNumber("--swiotlb", swiotlb) : null,
            AllowVgicIts = result.GetValue(options.Irqchip) is { } irqchip ? ReadIrqchip(irqchip) : null,
            SocketPath = ReadPath(result, options.Socket),
            Suspended = result.GetValue(options.Suspended),
            CompatDate = compatDate,
            Trace = result.GetValue(options.Trace),
        };
        config = config with { Sve = config.Compat.SveIsAutomatic ? SveMode.Auto : SveMode.Off };
        config = WithMemory(config, result.GetValue(options.Mem));
        config = WithFdtPosition(config, result.GetValue(options.FdtPosition));
        config = WithCpus(config, result.GetValue(options.Cpus));
        return WithPci(config, result.GetValue(options.Pci));
    }

    private string ReadKernel(ParseResult result) => (result.GetValue(options.Kernel) ?? []) switch
    {
        [""] => throw new InvalidOptionException("KERNEL: the path is empty"),
        [var path] => path,
        [] => throw new InvalidOptionException("no kernel given: vmm run [options] KERNEL"),
        [var first, var second, ..] => throw new InvalidOptionException($"two kernels given, '{first}' and '{second}'; one can be booted"),
    };

    private static string? ReadPath(ParseResult result, Option<string> option) =>
        result.GetValue(option) is "" ? throw new InvalidOptionException($"{option.Name}: the path is empty") : result.GetValue(option);

    private static VmConfig WithMemory(VmConfig config, string? text) =>
        text is not null && KeyedOption.Parse("--mem", text, s_memKeys).Number("size") is { } size ? config with { MemoryMib = size } : config;

    private static VmConfig WithFdtPosition(VmConfig config, string? text)
    {
        if (text is null)
        {
            return config;
        }

        return s_fdtPositions.TryGetValue(text, out var position)
            ? config with { FdtPosition = position }
            : throw new InvalidOptionException($"--fdt-position: '{text}' is none of {string.Join(", ", s_fdtPositions.Keys)}");
    }

    private static VmConfig WithCpus(VmConfig config, string? text)
    {
        if (text is null)
        {
            return config;
        }

        var keys = KeyedOption.Parse("--cpus", text, s_cpuKeys);
        if (keys.Number("num-cores") is { } count)
        {
            // Numbers past the limit are refused with all other limits; here they must only fit the type.
            config = config with { CpuCount = (int)Math.Min(count, int.MaxValue) };
        }

        return keys.List("sve", s_sveKeys) is { } sve ? config with { Sve = sve.Flag("auto") ? SveMode.Auto : SveMode.Off } : config;
    }

    private static VmConfig WithPci(VmConfig config, string? text)
    {
        if (text is null)
        {
            return config;
        }

        var keys = KeyedOption.Parse("--pci", text, s_pciKeys);
        return config with { PciCam = ReadRange(keys, "cam"), PciMem = ReadRange(keys, "mem") };
    }

    private static AddressRange? ReadRange(KeyedOption keys, string key)
    {
        if (keys.List(key, s_rangeKeys) is not { } range)
        {
            return null;
        }

        return range.Number("start") is { } start && range.Number("size") is { } size
            ? new AddressRange(start, size)
            : throw new InvalidOptionException($"--pci: {key} needs both start and size");
    }

    private static bool? ReadIrqchip(string text)
    {
        var type = KeyedOption.Parse("--irqchip", text, s_irqchipKeys).TextAndList("type", s_kernelIrqchipKeys, out var kernel);
        return type == "kernel"
            ? kernel?.FlagIfGiven("allow-vgic-its")
            : throw new InvalidOptionException($"--irqchip: '{type}' is not there on arm64; vmm has kernel and kernel[allow-vgic-its]");
    }

    private static DeviceTreeOverlay ReadOverlay(string text)
    {
        var keys = KeyedOption.Parse("--device-tree-overlay", text, s_overlayKeys);
        var path = keys.Text("path") ?? throw new InvalidOptionException("--device-tree-overlay: the path is missing");
        return new DeviceTreeOverlay(path, keys.Flag("filter"));
    }

    private static DateOnly ReadDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new InvalidOptionException($"--compat-date: '{text}' is not a date of the form YYYY-MM-DD");

    private static ulong ReadNumber(string option, string text) =>
        KeyedOption.TryParseNumber(text, out var number)
            ? number
            : throw new InvalidOptionException($"{option}: '{text}' is not a number (decimal or 0x hexadecimal)");
}
