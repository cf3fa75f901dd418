using Kvm.Interop;
using Kvm.Interop.Interrupts;
using Kvm.Interop.Memory;

namespace HostProbe;

/// <summary>The smallest machine: 16 MiB of memory with a program at its start, one vCPU, a GICv3.</summary>
internal sealed class ProbeVm : IDisposable
{
    internal const ulong MemoryBase = 0x8000_0000;
    internal const ulong MmioBase = 0x0a00_0000;
    internal const ulong DistributorBase = 0x3fff_0000;

    private const ulong MemorySize = 16 << 20;
    private const uint IrqCount = 64;

    internal ProbeVm(bool isProtected, ReadOnlySpan<byte> program)
    {
        System = KvmSystem.Open();
        Vm = System.CreateVm(new KvmVmType(0, isProtected));
        Memory = GuestMemory.Create([new(new(MemoryBase), MemorySize)]);
        Memory.Write(new(MemoryBase), program);
        Vm.SetGuestMemory(0, Memory);
        Vcpu = Vm.CreateVcpu(0);
        Vcpu.Init(Vm.PreferredTarget(), Features(System));
        Gic = VgicV3.Create(Vm);
        Gic.SetIrqCount(IrqCount);
        Gic.SetDistributor(new(DistributorBase));
        Gic.SetRedistributors(new(DistributorBase - VgicV3.RedistributorSize));
        Gic.Initialize();
        Vcpu.SetOneReg(OneReg.Pc, MemoryBase);
        Vcpu.SetOneReg(OneReg.X(0), MmioBase);
    }

    internal KvmSystem System { get; }

    internal KvmVm Vm { get; }

    internal GuestMemory Memory { get; }

    internal KvmVcpu Vcpu { get; }

    internal VgicV3 Gic { get; }

    /// <summary>Closes everything; guest memory last, when nothing can reach it any more.</summary>
    public void Dispose()
    {
        Vcpu.Dispose();
        Gic.Dispose();
        Vm.Dispose();
        System.Dispose();
        Memory.Dispose();
    }

    /// <summary>Features that a normal and a protected vCPU both take: a protected one needs pointer authentication where the host has it.</summary>
    internal static VcpuFeatures Features(KvmSystem system)
    {
        bool authentication = system.CheckExtension(KvmCapability.KVM_CAP_ARM_PTRAUTH_ADDRESS) > 0
            && system.CheckExtension(KvmCapability.KVM_CAP_ARM_PTRAUTH_GENERIC) > 0;
        return VcpuFeatures.Psci02 | (authentication ? VcpuFeatures.PtrauthAddress | VcpuFeatures.PtrauthGeneric : VcpuFeatures.None);
    }
}
