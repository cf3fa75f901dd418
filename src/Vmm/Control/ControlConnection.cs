using Kvm.Interop.Sockets;

namespace Vmm.Control;

/// <summary>A client of the control server.</summary>
/// <param name="token">What the server's epoll set names it by.</param>
/// <param name="socket">The connection.</param>
internal sealed class ControlConnection(ulong token, SeqPacketSocket socket)
{
    public ulong Token { get; } = token;

    public SeqPacketSocket Socket { get; } = socket;

    /// <summary>The answer that it waits for; no request of it is read meanwhile.</summary>
    public PendingAnswer? Pending { get; set; }

    /// <summary>Until when (a time of <see cref="System.Diagnostics.Stopwatch"/>).</summary>
    public long Deadline { get; set; }
}
