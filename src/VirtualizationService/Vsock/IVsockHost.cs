namespace VirtualizationService.Vsock;

/// <summary>The host's side of the sockets to guests.</summary>
public interface IVsockHost
{
    /// <summary>The devices that a user needs to be allowed to open.</summary>
    IReadOnlyList<string> Devices { get; }

    /// <summary>Takes an address for a guest.</summary>
    /// <param name="cid">The address.</param>
    /// <param name="directory">The VM's temporary directory.</param>
    /// <returns>What holds it; null when another VM of this host has it.</returns>
    /// <exception cref="Kvm.Interop.LinuxException">The kernel refused for another reason.</exception>
    IGuestVsock? TryTake(uint cid, string directory);
}
