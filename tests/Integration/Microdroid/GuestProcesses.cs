namespace Integration.Microdroid;

/// <summary>What a VM consists of on its host.</summary>
/// <param name="Vm">The process of <c>vm</c>.</param>
/// <param name="Virtmgr">Its service.</param>
/// <param name="Vmm">The VMM.</param>
/// <param name="Directory">Its temporary directory.</param>
internal sealed record GuestProcesses(int Vm, int Virtmgr, int Vmm, string Directory)
{
    /// <summary>A shell condition: nothing is left.</summary>
    public string AreGone => $"[ ! -e /proc/{Vm}/exe ] && [ ! -e /proc/{Virtmgr}/exe ] && [ ! -e /proc/{Vmm}/exe ]";
}
