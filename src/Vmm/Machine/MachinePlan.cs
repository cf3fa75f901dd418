using BootLoader.Fdt;
using Virtio.Pci;
using Vmm.Configuration;
using Vmm.Devices;
using Vmm.Machine.DeviceTree;

namespace Vmm.Machine;

/// <summary>Everything that is decided about a machine before the host is touched: options and host capabilities in, layout and device tree out.</summary>
public sealed class MachinePlan
{
    private MachinePlan(VmConfig config, HostCapabilities host, PlacedKernel kernel, ulong? initrdSize, int pciDevices)
    {
        Config = config;
        Host = host;
        Layout = GuestLayout.Plan(config, host, kernel, initrdSize);
        Features = CpuFeatures.Choose(config, host);
        CommandLine = KernelCommandLine.Build(config);
        PciDevices = pciDevices;
        CheckPciDevices();
    }

    /// <summary>What the user asked for.</summary>
    public VmConfig Config { get; }

    /// <summary>What the host can give.</summary>
    public HostCapabilities Host { get; }

    /// <summary>The dated variant of crosvm's interface to the guest.</summary>
    public CrosvmCompat Compat => Config.Compat;

    /// <summary>Where things lie.</summary>
    public GuestLayout Layout { get; }

    /// <summary>What every vCPU has.</summary>
    public CpuFeatures Features { get; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; }

    /// <summary>Bytes of the restricted DMA pool; 0: none.</summary>
    public ulong SwiotlbBytes => Config.EffectiveSwiotlbMib << 20;

    /// <summary>The GIC has an interrupt translation service.</summary>
    public bool Its => Config.WantsIts && Host.GicV3 && Host.Its;

    /// <summary>PCI devices beside the host bridge, at device numbers from 1 without a gap.</summary>
    public int PciDevices { get; }

    /// <summary>Those of them that have an interrupt pin: all or none.</summary>
    public int PciPins => Config.VirtioIntx ? PciDevices : 0;

    /// <summary>Makes the plan.</summary>
    /// <param name="config">What the user asked for.</param>
    /// <param name="host">What the host can give.</param>
    /// <param name="kernel">The kernel at its place.</param>
    /// <param name="initrdSize">The initial RAM disk's bytes; null where there is none.</param>
    /// <param name="pciDevices">PCI devices beside the host bridge.</param>
    /// <exception cref="LayoutException">The machine cannot be laid out.</exception>
    public static MachinePlan Make(VmConfig config, HostCapabilities host, PlacedKernel kernel, ulong? initrdSize, int pciDevices = 0) =>
        new(config, host, kernel, initrdSize, pciDevices);

    /// <summary>Writes the device tree, the user's overlays merged in.</summary>
    /// <param name="seeds">The boot's randomness.</param>
    /// <param name="overlays">Compiled overlays with the names of their files, in the order to merge them.</param>
    /// <returns>The blob, at most 2 MiB.</returns>
    /// <exception cref="LayoutException">It does not fit, or an overlay cannot be merged.</exception>
    public byte[] WriteDeviceTree(DeviceTreeSeeds seeds, IReadOnlyList<(DeviceTreeOverlay Option, byte[] Blob)> overlays)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentNullException.ThrowIfNull(overlays);
        byte[] space = new byte[64 * 1024];
        int length = DeviceTreeContent.Write(space, this, seeds);
        return overlays.Count == 0 ? space[..length] : Merge(space.AsSpan(0, length), overlays);
    }

    private void CheckPciDevices()
    {
        if (PciDevices >= PciHost.DeviceCount)
        {
            throw new LayoutException($"{PciDevices} devices are asked for; a PCI bus has room for {PciHost.DeviceCount - 1} beside its host bridge");
        }

        if (Config.RunsFirmware && PciDevices > Arm64Layout.FirmwarePciDevices)
        {
            throw new LayoutException(
                $"{PciDevices} devices are asked for; a firmware starts no machine with more than {Arm64Layout.FirmwarePciDevices} (a composite disk is one)");
        }

        AddressRange window = Layout.PciMem;
        ulong first = (window.Start + VirtioPciFunction.RegionSize - 1) & ~(VirtioPciFunction.RegionSize - 1);
        if (PciDevices > 0 && !window.Contains(first, (ulong)PciDevices * VirtioPciFunction.RegionSize))
        {
            throw new LayoutException(
                $"--pci mem {window}: {PciDevices} devices of 0x{VirtioPciFunction.RegionSize:x} aligned bytes do not fit; make the window larger");
        }
    }

    private static byte[] Merge(ReadOnlySpan<byte> blob, IReadOnlyList<(DeviceTreeOverlay Option, byte[] Blob)> overlays)
    {
        try
        {
            FdtTree tree = FdtTree.Parse(blob);
            var merge = new FdtOverlayMerge(tree);
            foreach ((DeviceTreeOverlay option, byte[] overlay) in overlays)
            {
                // A filter keeps the nodes of devices assigned to the guest, and none can be assigned yet.
                merge.Apply(option.Path, ParseOverlay(option.Path, overlay), option.Filter ? [] : null);
            }

            return tree.ToBlob();
        }
        catch (FdtException e)
        {
            throw new LayoutException($"--device-tree-overlay: {e.Message}");
        }
    }

    private static FdtTree ParseOverlay(string path, byte[] blob)
    {
        try
        {
            return FdtTree.Parse(blob);
        }
        catch (FdtException e)
        {
            throw new LayoutException($"--device-tree-overlay: {path}: {e.Message}");
        }
    }
}
