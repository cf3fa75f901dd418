using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Interrupts;
using Vmm.Configuration;

namespace Vmm.HostCheck;

/// <summary>Finds out what KVM on an ARM64 host can do, in VMs that are made for it and thrown away.</summary>
/// <param name="path">KVM's device.</param>
/// <param name="kernelRelease">The kernel's version, for explanations.</param>
internal sealed class KvmCheck(string path, string kernelRelease)
{
    /// <summary>The address width that every host has which does not tell (KVM_VM_TYPE_ARM_IPA_SIZE, Documentation/virt/kvm/api.rst).</summary>
    private const int DefaultIpaBits = 40;

    private static readonly Version s_firstWithProtectedVms = new(7, 1);

    /// <summary>Looks at everything.</summary>
    public IReadOnlyList<Finding> Run()
    {
        KvmSystem kvm;
        try
        {
            kvm = KvmSystem.Open(path);
        }
        catch (LinuxException failure)
        {
            return [new Finding("kvm", FindingResult.No, $"{path}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}") { Hint = failure.Hint }];
        }

        using (kvm)
        {
            return [new Finding("kvm", FindingResult.Ok, $"{path}, API version 12"), .. Limits(kvm), .. InScratchVm(kvm), ProtectedVm(kvm)];
        }
    }

    private static IEnumerable<Finding> Limits(KvmSystem kvm)
    {
        var cpus = kvm.CheckExtension(KvmCapability.KVM_CAP_MAX_VCPUS);
        yield return cpus < VmLimits.MaxCpus
            ? new Finding("vcpus", FindingResult.Warn, $"at most {cpus} in a VM, where vmm can give {VmLimits.MaxCpus}")
            : new Finding("vcpus", FindingResult.Ok, $"at most {cpus} in a VM, vmm gives up to {VmLimits.MaxCpus}");
        yield return new Finding("ipa", FindingResult.Ok, $"{IpaBits(kvm)} bits of guest physical address");
    }

    private static List<Finding> InScratchVm(KvmSystem kvm)
    {
        var findings = new List<Finding>();
        try
        {
            using (var vm = kvm.CreateVm(new KvmVmType(kvm.MaxIpaBits)))
            {
                findings.AddRange(GicV3AndIts(vm));
                findings.AddRange(CpuFeatures(vm));
            }

            // A VM has one interrupt controller, so the other kind needs another VM.
            using (var vm = kvm.CreateVm(new KvmVmType(kvm.MaxIpaBits)))
            {
                findings.Insert(1, Device("gicv2", "interrupt controller GICv2", () => VgicV2.Create(vm)));
            }
        }
        catch (LinuxException failure)
        {
            findings.Add(new Finding("vm", FindingResult.No, failure.Message));
        }

        return findings;
    }

    private static IEnumerable<Finding> GicV3AndIts(KvmVm vm)
    {
        KvmDevice? gic = null;
        var finding = Device("gicv3", "interrupt controller GICv3", () => gic = VgicV3.Create(vm), keep: true);
        using (gic)
        {
            yield return finding;
            yield return gic is null
                ? new Finding("its", FindingResult.No, "needs a GICv3")
                : Device("its", "message-signalled interrupts (--irqchip kernel[allow-vgic-its])", () => VgicIts.Create(vm));
        }
    }

    private static Finding Device(string id, string what, Func<KvmDevice> create, bool keep = false)
    {
        try
        {
            var device = create();
            if (!keep)
            {
                device.Dispose();
            }

            return new Finding(id, FindingResult.Ok, what);
        }
        catch (LinuxException failure)
        {
            return new Finding(id, FindingResult.No, $"{what}: {Marshal.GetPInvokeErrorMessage(failure.Errno)}");
        }
    }

    private static IEnumerable<Finding> CpuFeatures(KvmVm vm)
    {
        Finding Feature(string id, string what, params KvmCapability[] capabilities) =>
            new(id, capabilities.All(capability => vm.CheckExtension(capability) > 0) ? FindingResult.Ok : FindingResult.No, what);

        yield return Feature("sve", "scalable vectors", KvmCapability.KVM_CAP_ARM_SVE);
        yield return Feature("pmu", "performance counters", KvmCapability.KVM_CAP_ARM_PMU_V3);
        yield return Feature(
            "pauth",
            "pointer authentication",
            KvmCapability.KVM_CAP_ARM_PTRAUTH_ADDRESS,
            KvmCapability.KVM_CAP_ARM_PTRAUTH_GENERIC);
        yield return Feature("mte", "memory tagging", KvmCapability.KVM_CAP_ARM_MTE);
        yield return Feature("pvtime", "stolen time told to the guest", KvmCapability.KVM_CAP_STEAL_TIME);
        yield return Feature("nested", "virtualization inside a guest", KvmCapability.KVM_CAP_ARM_EL2);
    }

    private Finding ProtectedVm(KvmSystem kvm)
    {
        const string Id = "pkvm";
        try
        {
            kvm.CreateVm(KvmVmType.AnyProtected(kvm.MaxIpaBits)).Dispose();
            return new Finding(Id, FindingResult.Ok, "protected VMs (asking for one has marked the kernel as tainted)");
        }
        catch (LinuxException failure)
        {
            return new Finding(Id, FindingResult.No, $"no protected VMs: {Marshal.GetPInvokeErrorMessage(failure.Errno)}")
            {
                Hint = PkvmHint.For(kernelRelease, HostProbe.ReadText("/proc/cmdline"), s_firstWithProtectedVms),
            };
        }
    }

    private static int IpaBits(KvmSystem kvm) => kvm.MaxIpaBits == 0 ? DefaultIpaBits : kvm.MaxIpaBits;
}
