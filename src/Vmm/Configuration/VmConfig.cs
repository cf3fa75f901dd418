namespace Vmm.Configuration;

/// <summary>What the user asked for: every option of <c>vmm run</c>, checked for itself but not yet against the host.</summary>
public sealed record VmConfig
{
    /// <summary>The kernel image.</summary>
    public required string KernelPath { get; init; }

    /// <summary>The initial RAM disk (<c>--initrd</c>).</summary>
    public string? InitrdPath { get; init; }

    /// <summary>Kernel parameters in the order given (<c>--params</c>); joined by spaces.</summary>
    public IReadOnlyList<string> Params { get; init; } = [];

    /// <summary>Guest RAM in MiB (<c>--mem</c>).</summary>
    public ulong MemoryMib { get; init; } = 256;

    /// <summary>The number of vCPUs, 1 to 16 (<c>--cpus</c>).</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>SVE for the guest (<c>--cpus N,sve=[auto=…]</c>).</summary>
    public SveMode Sve { get; init; } = SveMode.Auto;

    /// <summary>Serial ports (<c>--serial</c>); the command line adds a console on port 1 where it is free and no other port is one.</summary>
    public IReadOnlyList<SerialConfig> Serial { get; init; } = [];

    /// <summary>Disks in the order of the guest's names: vda, vdb … (<c>--block</c>).</summary>
    public IReadOnlyList<BlockConfig> Disks { get; init; } = [];

    /// <summary>The socket device (<c>--vsock</c>, <c>--cid</c>); null: none.</summary>
    public VsockConfig? Vsock { get; init; }

    /// <summary>Network cards in the order of the guest's names (<c>--net</c>).</summary>
    public IReadOnlyList<NetConfig> Net { get; init; } = [];

    /// <summary>Devices that other processes serve (<c>--vhost-user</c>).</summary>
    public IReadOnlyList<VhostUserConfig> VhostUser { get; init; } = [];

    /// <summary>How long a socket of <see cref="VhostUser"/> may take to be there, in milliseconds.</summary>
    public ulong VhostUserConnectTimeoutMs { get; init; }

    /// <summary>Another process gets the guest's memory, which must then lie in a file.</summary>
    public bool SharesMemory => VhostUser.Count > 0 || Net.Any(static card => card.Backend == NetBackend.Passt);

    /// <summary>The VM's name, for messages and the process title (<c>--name</c>).</summary>
    public string? Name { get; init; }

    /// <summary>Advise huge pages for guest memory (<c>--hugepages</c>).</summary>
    public bool Hugepages { get; init; }

    /// <summary>Give the guest a PMU when the host has one (off: <c>--no-pmu</c>).</summary>
    public bool Pmu { get; init; } = true;

    /// <summary>Give the guest a real-time clock (off: <c>--no-rtc</c>).</summary>
    public bool Rtc { get; init; } = true;

    /// <summary>Give the guest an entropy source where it is not protected (off: <c>--no-rng</c>).</summary>
    public bool Rng { get; init; } = true;

    /// <summary>
    /// Give the guest a balloon (off: <c>--no-balloon</c>), but not a protected one, nor one that a firmware starts: Linux' driver refuses the device
    /// where others go through the DMA pool.
    /// </summary>
    public bool Balloon { get; init; } = true;

    /// <summary>Ask the guest to report the pages that it does not use (<c>--balloon-page-reporting</c>).</summary>
    public bool BalloonPageReporting { get; init; }

    /// <summary>Guest memory outside the balloon at the start, in MiB (<c>--init-mem</c>); null: all.</summary>
    public ulong? InitMemMib { get; init; }

    /// <summary>Where the device tree goes (<c>--fdt-position</c>).</summary>
    public FdtPosition FdtPosition { get; init; } = FdtPosition.End;

    /// <summary>Write the device tree that the guest gets to this file (<c>--dump-device-tree-blob</c>).</summary>
    public string? DumpDeviceTreePath { get; init; }

    /// <summary>Overlays merged into the device tree, in order (<c>--device-tree-overlay</c>).</summary>
    public IReadOnlyList<DeviceTreeOverlay> DeviceTreeOverlays { get; init; } = [];

    /// <summary>Protected or not, with a firmware or not.</summary>
    public ProtectionMode Protection { get; init; } = ProtectionMode.Unprotected;

    /// <summary>The hypervisor takes the guest's memory from the host.</summary>
    public bool IsProtected => Protection is ProtectionMode.Protected or ProtectionMode.ProtectedWithFirmware or ProtectionMode.ProtectedWithoutFirmware;

    /// <summary>The VM starts at a firmware, which starts the kernel.</summary>
    public bool RunsFirmware =>
        Protection is ProtectionMode.Protected or ProtectionMode.ProtectedWithFirmware or ProtectionMode.UnprotectedWithFirmware;

    /// <summary>The firmware of <c>--protected-vm-with-firmware</c> and <c>--unprotected-vm-with-firmware</c>; null: the one that comes with <c>vmm</c>.</summary>
    public string? FirmwarePath { get; init; }

    /// <summary>The key that the firmware must be signed with (<c>--pvmfw-key</c>), or <c>none</c>; null: the development key that <c>vmm</c> was built with.</summary>
    public string? FirmwareKeyPath { get; init; }

    /// <summary>The file of this device's secret (<c>--device-secret</c>); null: the user's own.</summary>
    public string? DeviceSecretPath { get; init; }

    /// <summary>What tells this VM's secrets from those of others with the same code, 64 bytes (<c>--instance-id</c>); null: none.</summary>
    public ReadOnlyMemory<byte>? InstanceId { get; init; }

    /// <summary>The guest itself keeps an older version of it from its secrets (<c>--defer-rollback-protection</c>).</summary>
    public bool DeferRollbackProtection { get; init; }

    /// <summary>Size in MiB of the restricted DMA pool (<c>--swiotlb</c>); 0: none; null: 64 where protected or with a firmware, none otherwise.</summary>
    public ulong? SwiotlbMib { get; init; }

    /// <summary>The PCI configuration window (<c>--pci cam=[start=…,size=…]</c>); null: 0x10000, 16 MiB.</summary>
    public AddressRange? PciCam { get; init; }

    /// <summary>The 32-bit PCI memory window (<c>--pci mem=[start=…,size=…]</c>); null: 0x2000000, 32 MiB.</summary>
    public AddressRange? PciMem { get; init; }

    /// <summary>The GIC interrupt translation service (<c>--irqchip kernel[allow-vgic-its=…]</c>); null where the user has not decided.</summary>
    public bool? AllowVgicIts { get; init; }

    /// <summary>
    /// A GIC interrupt translation service where the host can give one: what the user says, else in a machine that runs no firmware and need not be one
    /// that crosvm made on some day. Firmware for crosvm's machine knows none.
    /// </summary>
    public bool WantsIts => AllowVgicIts ?? (Protection == ProtectionMode.Unprotected && CompatDate is null);

    /// <summary>Virtio devices have an interrupt pin (off: <c>--disable-virtio-intx</c>).</summary>
    public bool VirtioIntx { get; init; } = true;

    /// <summary>The control socket (<c>--socket</c>).</summary>
    public string? SocketPath { get; init; }

    /// <summary>Start with the vCPUs stopped until <c>vmm resume</c> (<c>--suspended</c>).</summary>
    public bool Suspended { get; init; }

    /// <summary>Speak the machine interface that crosvm had on this date (<c>--compat-date</c>); null: the newest.</summary>
    public DateOnly? CompatDate { get; init; }

    /// <summary>The dated differences that <see cref="CompatDate"/> asks for.</summary>
    public CrosvmCompat Compat =>
        CompatDate is { } date ? CrosvmCompat.On(date) : RunsFirmware ? CrosvmCompat.ForFirmware : CrosvmCompat.Newest;

    /// <summary>The restricted DMA pool that the guest gets, in MiB; 0: none.</summary>
    public ulong EffectiveSwiotlbMib => SwiotlbMib ?? (Protection == ProtectionMode.Unprotected ? 0 : VmLimits.DefaultProtectedSwiotlbMib);

    /// <summary>Print each phase of the start with its time (<c>--trace</c>).</summary>
    public bool Trace { get; init; }
}
