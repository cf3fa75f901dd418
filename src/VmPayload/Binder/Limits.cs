namespace VmPayload.Binder;

/// <summary>What a peer can make this side keep. A peer beyond a limit loses its session, nothing else.</summary>
internal static class Limits
{
    /// <summary>Connections of a session by which the peer calls, each with a thread here.</summary>
    internal const int ServingConnections = 8;

    /// <summary>Connections of a session by which this side calls.</summary>
    internal const int CallingConnections = 8;

    /// <summary>Sessions of a server.</summary>
    internal const int Sessions = 64;

    /// <summary>Connections of a server, those included that have not yet said what they are.</summary>
    internal const int Connections = 128;

    /// <summary>Seconds that a connection may take to say what it is.</summary>
    internal const int HandshakeSeconds = 10;

    /// <summary>Objects that a session knows.</summary>
    internal const int Nodes = 100_000;

    /// <summary>Calls within calls on one connection.</summary>
    internal const int Depth = 32;

    /// <summary>Oneway calls of a session that wait for an earlier one, as many as Android keeps of an object, and the bytes of their parcels.</summary>
    internal const int WaitingCalls = 10_000;

    /// <inheritdoc cref="WaitingCalls"/>
    internal const int WaitingBytes = 4 << 20;
}
