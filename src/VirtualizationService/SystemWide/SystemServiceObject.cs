using Kvm.Interop.Files;
using Kvm.Interop.Processes;
using Virtualization.Aidl;
using Virtualization.Binder;
using VirtualizationService.Permissions;
using VirtualizationService.Rpc;

namespace VirtualizationService.SystemWide;

/// <summary>The system service. Who calls is what the kernel says (SO_PEERCRED).</summary>
/// <param name="vms">The places of all users.</param>
/// <param name="policy">What users may do.</param>
internal sealed class SystemServiceObject(GlobalVms vms, Policy policy) : VirtualizationServiceInternalStub
{
    private const string Kvm = "/dev/kvm";

    /// <summary>Lets the calling process, no other, lock as much memory as it likes, where its user may run VMs.</summary>
    protected override void RemoveMemlockRlimit(int pid, in CallContext context)
    {
        Caller caller = Caller.Of(context.PeerUid);
        int process = context.PeerPid;
        Answer.To(() => RemoveLimit(pid, caller, process));
    }

    /// <inheritdoc/>
    protected override IGlobalVmContext AllocateGlobalVmContext(int requesterDebugPid, int memoryMib, in CallContext context)
    {
        Caller caller = Caller.Of(context.PeerUid);
        return Answer.To(() => new GlobalVmContextObject(vms, vms.Allocate(caller, requesterDebugPid, memoryMib)));
    }

    /// <summary>All VMs for root and the groups that the policy names, the user's own for others.</summary>
    protected override IReadOnlyList<VirtualMachineDebugInfo> DebugListVms(in CallContext context)
    {
        Caller caller = Caller.Of(context.PeerUid);
        bool all = policy.AllowsDump(caller);
        return
        [
            .. vms.All.Where(vm => all || vm.User == caller.User).Select(static vm => new VirtualMachineDebugInfo
            {
                Cid = (int)vm.Cid,
                TemporaryDirectory = vm.Directory,
                RequesterUid = (int)vm.User,
                RequesterPid = vm.Process,
                HostConsoleName = vm.HostConsoleName,
            }),
        ];
    }

    /// <inheritdoc/>
    protected override UserLimits GetLimits(in CallContext context)
    {
        (int count, int memory) = vms.UsageOf(context.PeerUid);
        return new UserLimits { MaxVms = policy.MaxVmsPerUser, MaxMemoryMib = policy.MaxMemoryMibPerUser, Vms = count, MemoryMib = memory };
    }

    private static void RemoveLimit(int pid, Caller caller, int process)
    {
        if (pid != process)
        {
            throw new RefusedException(Refusal.Security, $"process {process} may not change the limits of process {pid}");
        }

        if (!caller.IsRoot && FileOwner.Of(Kvm) is { } owner && !caller.Groups.Contains(owner.Group))
        {
            throw new RefusedException(Refusal.Security, $"{caller.Name} may not run virtual machines: {Kvm} is for the group {UnixAccounts.GroupName(owner.Group)}");
        }

        new LockedMemoryLimit(LockedMemoryLimit.Unlimited, LockedMemoryLimit.Unlimited).ApplyTo(pid);
    }
}
