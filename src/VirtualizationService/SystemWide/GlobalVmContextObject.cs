using Virtualization.Aidl;

namespace VirtualizationService.SystemWide;

/// <summary>A user's reference to a place; with the last one, or the end of the connection, the place is given back.</summary>
internal sealed class GlobalVmContextObject(GlobalVms vms, GlobalVm vm) : GlobalVmContextStub
{
    private const int LongestPath = 4096;

    /// <inheritdoc/>
    public override int GetCid() => (int)vm.Cid;

    /// <inheritdoc/>
    public override string GetTemporaryDirectory() => vm.Directory;

    /// <inheritdoc/>
    public override void SetHostConsoleName(string pathname)
    {
        if (pathname is { Length: <= LongestPath })
        {
            vms.SetHostConsoleName(vm.Cid, pathname);
        }
    }

    /// <inheritdoc/>
    protected override void OnZeroReferences() => vms.Release(vm.Cid);
}
