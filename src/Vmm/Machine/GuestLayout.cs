using Vmm.Configuration;

namespace Vmm.Machine;

/// <summary>Where everything of one guest lies in its physical address space. Computed, checked for overlap, then never changed.</summary>
/// <remarks>Source: crosvm, aarch64/src/lib.rs: main_memory_size, get_memory_layout, build_vm.</remarks>
public sealed record GuestLayout
{
    /// <summary>Guest RAM.</summary>
    public required AddressRange Ram { get; init; }

    /// <summary>The firmware with the memory it works in; null where none runs.</summary>
    public AddressRange? Firmware { get; init; }

    /// <summary>The restricted DMA pool where it has a fixed place: at the end of RAM when a firmware runs. Elsewhere the guest chooses.</summary>
    public AddressRange? DmaPool { get; init; }

    /// <summary>The memory the kernel occupies, its BSS included.</summary>
    public required AddressRange Kernel { get; init; }

    /// <summary>The bytes of the kernel that are copied in.</summary>
    public required ulong KernelFileSize { get; init; }

    /// <summary>Where the boot vCPU starts.</summary>
    public required ulong Entry { get; init; }

    /// <summary>The initial RAM disk; null where there is none.</summary>
    public required AddressRange? Initrd { get; init; }

    /// <summary>The window the device tree may fill.</summary>
    public required AddressRange Fdt { get; init; }

    /// <summary>PCI configuration space.</summary>
    public required AddressRange PciCam { get; init; }

    /// <summary>The 32-bit PCI memory window.</summary>
    public required AddressRange PciMem { get; init; }

    /// <summary>The 64-bit PCI memory window.</summary>
    public required AddressRange PciHighMem { get; init; }

    /// <summary>The platform device window.</summary>
    public required AddressRange PlatformMmio { get; init; }

    /// <summary>Guest RAM of the size asked for.</summary>
    /// <exception cref="LayoutException">The guest's address space has no room for it.</exception>
    public static AddressRange PlanRam(VmConfig config, HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(host);
        ulong limit = 1UL << host.IpaBits;

        // The 64-bit window must keep a gigabyte of its own; below that no PCI function could be placed.
        ulong others = Arm64Layout.RamStart + config.Compat.PlatformMmioSize + (1UL << 30);
        ulong mostMib = limit < others ? 0 : (limit - others) >> 20;
        if (config.MemoryMib > mostMib)
        {
            throw new LayoutException($"--mem {config.MemoryMib}: this host's VMs have {host.IpaBits}-bit addresses, room for at most {mostMib} MiB");
        }

        return new AddressRange(Arm64Layout.RamStart, config.MemoryMib << 20);
    }

    /// <summary>The first address that a kernel may use.</summary>
    public static ulong PayloadBase(VmConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.FdtPosition == FdtPosition.Start ? Arm64Layout.RamStart + Arm64Layout.FdtMaxSize : Arm64Layout.RamStart;
    }

    /// <summary>Places everything around a kernel.</summary>
    /// <param name="config">The options that move things.</param>
    /// <param name="host">Bounds the address space and the number of vCPUs.</param>
    /// <param name="kernel">The kernel, placed from <see cref="PayloadBase"/> on.</param>
    /// <param name="initrdSize">The initial RAM disk's bytes; null where there is none.</param>
    /// <exception cref="LayoutException">Something does not fit, or overlaps.</exception>
    public static GuestLayout Plan(VmConfig config, HostCapabilities host, PlacedKernel kernel, ulong? initrdSize)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(host);
        if (config.CpuCount > host.MaxVcpus)
        {
            throw new LayoutException($"--cpus {config.CpuCount}: this host's KVM makes at most {host.MaxVcpus} vCPUs for one VM");
        }

        AddressRange ram = PlanRam(config, host);
        var kernelRange = new AddressRange(kernel.Address, kernel.MemorySize);
        AddressRange? initrd = initrdSize is { } size
            ? new AddressRange(BootLoader.Initrd.Place(kernelRange.End, size, ulong.MaxValue)!.Value, size)
            : null;
        ulong high = ram.End + config.Compat.PlatformMmioSize;
        AddressRange? pool = PlacePool(config, ram);
        var layout = new GuestLayout
        {
            Ram = ram,
            Kernel = kernelRange,
            KernelFileSize = kernel.FileSize,
            Firmware = config.RunsFirmware ? Arm64Layout.Firmware : null,
            DmaPool = pool,
            Entry = config.RunsFirmware ? Arm64Layout.Firmware.Start : kernel.Address + kernel.EntryOffset,
            Initrd = initrd,
            Fdt = PlaceFdt(
                config.FdtPosition,
                pool is { } end ? new AddressRange(ram.Start, end.Start - ram.Start) : ram,
                initrd?.End ?? kernelRange.End),
            PciCam = config.PciCam ?? Arm64Layout.PciCam,
            PciMem = config.PciMem ?? Arm64Layout.PciMem,
            PlatformMmio = new AddressRange(ram.End, config.Compat.PlatformMmioSize),
            PciHighMem = new AddressRange(high, (1UL << host.IpaBits) - high),
        };
        layout.CheckRam(config);
        layout.CheckDevices(config, host);
        return layout;
    }

    /// <summary>Every range of the guest's address space that is in use, in no order, with the words a person knows it by.</summary>
    public IEnumerable<(string Name, AddressRange Range)> Ranges(VmConfig config, HostCapabilities host)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(host);
        for (int i = 0; i < Arm64Layout.SerialAddresses.Length; i++)
        {
            yield return ($"serial {i + 1} (ttyS{i})", new AddressRange(Arm64Layout.SerialAddresses[i], Arm64Layout.SerialSize));
        }

        if (config.Rtc)
        {
            yield return ("real-time clock", Arm64Layout.Rtc);
        }

        yield return ("stall detector", Arm64Layout.StallDetector);
        yield return ("PCI configuration (CAM)", PciCam);
        if (host.PvTime)
        {
            yield return ("stolen-time records", Arm64Layout.PvTime);
        }

        yield return ("PCI memory, 32-bit", PciMem);
        if (host.GicV3)
        {
            yield return ("GIC redistributors", Arm64Layout.GicRedistributors(config.CpuCount));
        }
        else
        {
            yield return ("GIC CPU interface", Arm64Layout.GicV2CpuInterface);
        }

        yield return ("GIC distributor", Arm64Layout.GicDistributor);
        if (config.WantsIts && host.GicV3 && host.Its)
        {
            yield return ("GIC ITS", Arm64Layout.GicIts);
        }

        if (Firmware is { } firmware)
        {
            yield return ("firmware", firmware);
        }

        yield return ("RAM", Ram);
        yield return ("platform devices", PlatformMmio);
        yield return ("PCI memory, 64-bit", PciHighMem);
    }

    private static AddressRange PlaceFdt(FdtPosition position, AddressRange ram, ulong payloadEnd) => position switch
    {
        FdtPosition.Start => new AddressRange(ram.Start, Arm64Layout.FdtMaxSize),
        FdtPosition.End => new AddressRange(AlignDown(ram.End - Math.Min(ram.Size, Arm64Layout.FdtMaxSize)), Arm64Layout.FdtMaxSize),
        FdtPosition.AfterPayload => new AddressRange(AlignDown(payloadEnd + Arm64Layout.FdtMaxSize - 1), Arm64Layout.FdtMaxSize),
        _ => throw new ArgumentOutOfRangeException(nameof(position)),
    };

    // Only a pool of fixed place is one that firmware without the calls of Android's hypervisor accepts; crosvm puts those at the end of RAM.
    private static AddressRange? PlacePool(VmConfig config, AddressRange ram)
    {
        ulong size = config.EffectiveSwiotlbMib << 20;
        return config.RunsFirmware && size != 0 && size < ram.Size ? new AddressRange(ram.End - size, size) : null;
    }

    private static ulong AlignDown(ulong address) => address & ~(Arm64Layout.FdtMaxSize - 1);

    private void CheckRam(VmConfig config)
    {
        List<(string Name, AddressRange Range)> inside = [("kernel", Kernel), ("device tree", Fdt)];
        if (Initrd is { } initrd)
        {
            inside.Insert(1, ("initrd", initrd));
        }

        if (DmaPool is { } pool)
        {
            inside.Add(("DMA pool", pool));
        }

        bool fits = true;
        for (int i = 0; i < inside.Count; i++)
        {
            fits &= Ram.Contains(inside[i].Range.Start, inside[i].Range.Size);
            for (int j = 0; j < i; j++)
            {
                fits &= !inside[i].Range.Overlaps(inside[j].Range);
            }
        }

        if (!fits)
        {
            string parts = string.Join(", ", inside.Select(part => $"{part.Name} {part.Range}"));
            throw new LayoutException($"--mem {config.MemoryMib}: too little memory for {parts}; use --mem {LeastMemoryMib(config)} or more");
        }
    }

    private ulong LeastMemoryMib(VmConfig config)
    {
        ulong end = Initrd?.End ?? Kernel.End;
        if (config.FdtPosition != FdtPosition.Start)
        {
            end = AlignDown(end + Arm64Layout.FdtMaxSize - 1) + Arm64Layout.FdtMaxSize;
        }

        return (end - Ram.Start + (DmaPool?.Size ?? 0) + (1 << 20) - 1) >> 20;
    }

    private void CheckDevices(VmConfig config, HostCapabilities host)
    {
        var ranges = new List<(string Name, AddressRange Range)>(Ranges(config, host));
        for (int i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].Range.Start > ranges[i].Range.End || ranges[i].Range.End > 1UL << host.IpaBits)
            {
                throw new LayoutException($"{ranges[i].Name} at {ranges[i].Range} is beyond this host's {host.IpaBits}-bit guest addresses");
            }

            for (int j = 0; j < i; j++)
            {
                if (ranges[i].Range.Overlaps(ranges[j].Range))
                {
                    throw new LayoutException(
                        $"{ranges[j].Name} at {ranges[j].Range} and {ranges[i].Name} at {ranges[i].Range} overlap; move one (--pci cam=…, --pci mem=…)");
                }
            }
        }
    }
}
