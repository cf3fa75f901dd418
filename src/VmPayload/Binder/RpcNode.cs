namespace VmPayload.Binder;

/// <summary>What a session knows of an object that one side has sent the other. Guarded by the session's lock.</summary>
internal unsafe struct RpcNode
{
    /// <summary>RpcWireAddress.</summary>
    internal ulong Address;

    /// <summary>The object of this process, held while <see cref="TimesSent"/> is not zero; or the stand-in, which lives as long as the node.</summary>
    internal AIBinder* Binder;

    /// <summary>An object of this process.</summary>
    internal bool IsLocal;

    /// <summary>How often it was sent and not given back.</summary>
    internal uint TimesSent;

    /// <summary>How often it was received and not given back.</summary>
    internal uint TimesReceived;

    /// <summary>The number of the next oneway call from here.</summary>
    internal ulong NextSent;

    /// <summary>The number of the next oneway call to here that may run.</summary>
    internal ulong NextToRun;

    /// <summary>Oneway calls that came before their turn, by number.</summary>
    internal RpcWaitingCall* Waiting;

    internal RpcNode* NextOfAddress;
    internal RpcNode* NextOfBinder;
}
