using System.Runtime.InteropServices;
using Kvm.Interop.Processes;
using Vmm.Machine.DeviceTree;

namespace Vmm.Machine;

/// <summary>Draws the randomness of one boot from the host's kernel.</summary>
internal static class BootSeeds
{
    /// <summary>Fresh seeds.</summary>
    public static DeviceTreeSeeds Draw()
    {
        byte[] rng = new byte[DeviceTreeSeeds.RngSeedSize];
        KernelRandom.Fill(rng);
        ulong kaslr = 0;
        KernelRandom.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref kaslr)));
        return new DeviceTreeSeeds(kaslr, rng);
    }
}
