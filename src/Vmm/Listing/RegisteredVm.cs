namespace Vmm.Listing;

/// <summary>A VM that has a place in the registry.</summary>
/// <param name="Pid">Its process.</param>
/// <param name="SocketPath">Its control socket there.</param>
internal sealed record RegisteredVm(int Pid, string SocketPath);
