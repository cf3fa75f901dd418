namespace VmPayload.Binder;

/// <summary>What a connection is wanted for.</summary>
internal enum RpcConnectionUse
{
    /// <summary>A call with a reply.</summary>
    Call,

    /// <summary>A call without one.</summary>
    OneWay,

    /// <summary>To give references back: not worth waiting for.</summary>
    References,
}
