using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Tests.Machine;

/// <summary>Machines that several tests look at.</summary>
internal static class SamplePlans
{
    public const ulong MiB = 1 << 20;

    /// <summary>A kernel of the size of Debian's: 40 MiB of image, 42 MiB of memory.</summary>
    public static PlacedKernel DebianKernel(VmConfig config) =>
        new(GuestLayout.PayloadBase(config), MemorySize: 42 * MiB, FileSize: 40 * MiB, EntryOffset: 0);

    public static VmConfig Config(ulong memoryMib = 512, int cpus = 1) =>
        new() { KernelPath = "Image", MemoryMib = memoryMib, CpuCount = cpus };

    public static MachinePlan Make(VmConfig config, ulong? initrdSize = 3 * MiB, HostCapabilities? host = null, int pciDevices = 0) =>
        MachinePlan.Make(config, host ?? HostCapabilities.Typical, DebianKernel(config), initrdSize, pciDevices);
}
