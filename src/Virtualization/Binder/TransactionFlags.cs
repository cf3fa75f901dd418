namespace Virtualization.Binder;

/// <summary>How a transaction is made (RpcWireTransaction.flags).</summary>
[Flags]
public enum TransactionFlags : uint
{
    /// <summary>The caller waits for the reply.</summary>
    None = 0,

    /// <summary>No reply: the call returns when it is sent. Oneway calls of one object arrive in the order they were made (FLAG_ONEWAY).</summary>
    OneWay = 1,
}
