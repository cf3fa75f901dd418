namespace VirtualizationService.SystemWide;

/// <summary>A place that a user has.</summary>
/// <param name="Cid">The guest's address.</param>
/// <param name="Directory">The temporary directory.</param>
/// <param name="User">Whose.</param>
/// <param name="Process">The process that asked.</param>
/// <param name="MemoryMib">Guest memory.</param>
public sealed record GlobalVm(uint Cid, string Directory, uint User, int Process, int MemoryMib)
{
    /// <summary>The terminal that shows the guest's console.</summary>
    public string? HostConsoleName { get; init; }
}
