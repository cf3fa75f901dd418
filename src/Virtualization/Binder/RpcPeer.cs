namespace Virtualization.Binder;

/// <summary>What the kernel says of the other end of a connection.</summary>
internal readonly record struct RpcPeer(uint? Cid, uint Uid, int Pid)
{
    /// <summary>Nothing.</summary>
    internal static RpcPeer Unknown { get; } = new(null, uint.MaxValue, -1);
}
