namespace Virtualization.Binder;

/// <summary>What one side takes from the other. A peer beyond a limit loses its session.</summary>
public sealed class RpcLimits
{
    /// <summary>The body of one message, in bytes, both ways. Android's peers take 100,000 (kMaxTransactionAllocation); more is for peers of one's own.</summary>
    public int MaxTransactionBytes { get; init; } = 100_000;

    /// <summary>Objects that both sides of a session have sent each other.</summary>
    public int MaxNodes { get; init; } = 100_000;

    /// <summary>Oneway calls of one object that wait for an earlier one.</summary>
    public int MaxQueuedOneWay { get; init; } = 10_000;

    /// <summary>Bytes of all oneway calls of a session that wait for earlier ones.</summary>
    public long MaxQueuedOneWayBytes { get; init; } = 16 << 20;

    /// <summary>Calls within calls on one connection.</summary>
    public int MaxNesting { get; init; } = 64;
}
