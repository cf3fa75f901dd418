namespace VmPayload.Binder;

/// <summary>A oneway call that came, on another connection, before one that was made earlier.</summary>
internal unsafe struct RpcWaitingCall
{
    internal ulong Number;
    internal uint Code;
    internal AParcel* Data;
    internal RpcWaitingCall* Next;
}
