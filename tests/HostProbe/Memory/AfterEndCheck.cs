using Kvm.Interop;
using Kvm.Interop.Memory;

namespace HostProbe.Memory;

/// <summary>What is left of a guest's memory when its VM is gone: of a protected one nothing.</summary>
internal static class AfterEndCheck
{
    private static readonly GuestAddress s_page = new(0x8010_0000);

    internal static void Run(CheckList checks, bool isProtected) => checks.Check("memory after the end", () =>
    {
        using ProbeVm probe = new(isProtected, GuestCode.Secret);
        while (probe.Vcpu.Run() != KvmRunResult.Exit)
        {
        }

        CheckList.Equal(ProbeVm.MmioBase, probe.Vcpu.RunPage.Mmio.PhysicalAddress, "address of the guest's first store");
        probe.Vcpu.Dispose();
        probe.Gic.Dispose();
        probe.Vm.Dispose();
        Span<byte> page = probe.Memory.GetSpan(s_page, 4096);
        ulong word = BitConverter.ToUInt64(page);
        CheckList.Equal(isProtected ? 0UL : 0x5ec2, word, "the guest's word");
        CheckList.Equal(!isProtected, page.ContainsAnyExcept((byte)0), "something left in the page");
        return $"0x{word:x}";
    });
}
