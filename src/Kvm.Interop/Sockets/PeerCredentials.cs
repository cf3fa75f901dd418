namespace Kvm.Interop.Sockets;

/// <summary>Who was at the other end of a Unix socket when it was connected (SO_PEERCRED; unix(7)).</summary>
/// <param name="Pid">The process.</param>
/// <param name="Uid">Its effective user.</param>
/// <param name="Gid">Its effective group.</param>
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid);
