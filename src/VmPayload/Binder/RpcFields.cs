namespace VmPayload.Binder;

/// <summary>Where fields lie in the structures that <see cref="Virtualization.Binder.RpcWire"/> names, and what this side does of the protocol.</summary>
internal static class RpcFields
{
    /// <summary>The newest version spoken here: 1 (Android 14), which version 2 differs from only in what it tells of objects in parcels.</summary>
    internal const uint NewestVersion = 1;

    // RpcWireTransaction
    internal const int TransactionCode = 8;
    internal const int TransactionFlags = 12;
    internal const int TransactionAsyncNumber = 16;
    internal const int TransactionParcelSize = 24;

    // RpcWireReply
    internal const int ReplyParcelSize = 4;

    // RpcDecStrong
    internal const int DecStrongAmount = 8;

    // RpcWireAddress: the options, then the number
    internal const int AddressNumberShift = 32;

    // IBinder.h: methods of the interface
    internal const uint FirstCall = 1;
    internal const uint LastCall = 0x00ff_ffff;

    /// <summary>A message's body has so many bytes at most (Android's kMaxTransactionAllocation).</summary>
    internal const int MaxBody = 100_000;
}
