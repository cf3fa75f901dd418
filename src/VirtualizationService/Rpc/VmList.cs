using Virtualization.Aidl;
using VirtualizationService.Directories;
using VirtualizationService.SystemWide;

namespace VirtualizationService.Rpc;

/// <summary>Lists VMs: what lies in this user's temporary directories and is held by a process that lives.</summary>
internal static class VmList
{
    /// <summary>All VMs that this user sees, by address.</summary>
    /// <param name="system">The system service, where it runs; it decides who sees those of others.</param>
    public static IReadOnlyList<VirtualMachineDebugInfo> Of(SystemServiceClient? system)
    {
        Dictionary<string, VirtualMachineDebugInfo> found = [];
        foreach (VirtualMachineDebugInfo vm in (system?.List() ?? []).Concat(RuntimeRoot.Existing.SelectMany(Below)))
        {
            found[vm.TemporaryDirectory] = vm;
        }

        return [.. found.Values.OrderBy(static vm => vm.Cid)];
    }

    /// <summary>The VMs of one root.</summary>
    public static IEnumerable<VirtualMachineDebugInfo> Below(string root)
    {
        foreach ((uint cid, string path) in VmDirectory.List(root))
        {
            if (VmDirectory.IsHeld(path) && VmRecord.Read(path) is { } record && record.Cid == cid)
            {
                yield return new VirtualMachineDebugInfo
                {
                    Cid = (int)cid,
                    TemporaryDirectory = path,
                    RequesterUid = (int)record.RequesterUid,
                    RequesterPid = record.RequesterPid,
                    HostConsoleName = record.HostConsoleName,
                };
            }
        }
    }
}
