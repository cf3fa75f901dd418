namespace VmPayload.Binder;

/// <summary>Binder RPC on the wire (Android libs/binder/RpcWireFormat.h), little-endian.</summary>
internal static class RpcWire
{
    /// <summary>The newest version spoken here: 1 (Android 14), which version 2 differs from only in what it tells of objects in parcels.</summary>
    internal const uint NewestVersion = 1;

    // RpcConnectionHeader { u32 version; u8 options; u8 fileDescriptorTransportMode; u8 reserved[8]; u16 sessionIdSize; }
    internal const int ConnectionHeaderLength = 16;
    internal const int ConnectionOptions = 4;
    internal const int ConnectionDescriptors = 5;
    internal const int ConnectionSessionIdSize = 14;
    internal const byte OptionIncoming = 1;
    internal const int SessionIdLength = 32;

    // RpcNewSessionResponse { u32 version; u8 reserved[4]; }, RpcOutgoingConnectionInit { char msg[4]; u8 reserved[4]; }
    internal const int NewSessionResponseLength = 8;
    internal const int ConnectionInitLength = 8;

    // RpcWireHeader { u32 command; u32 bodySize; u32 reserved[2]; }
    internal const int HeaderLength = 16;
    internal const uint CommandTransact = 0;
    internal const uint CommandReply = 1;
    internal const uint CommandDecStrong = 2;

    // RpcWireTransaction { u64 address; u32 code; u32 flags; u64 asyncNumber; u32 parcelDataSize; u32 reserved[3]; }
    internal const int TransactionLength = 40;
    internal const int TransactionCode = 8;
    internal const int TransactionFlags = 12;
    internal const int TransactionAsyncNumber = 16;
    internal const int TransactionParcelSize = 24;

    // RpcWireReply { i32 status; u32 parcelDataSize; u32 reserved[3]; }, of which version 0 has the status alone
    internal const int ReplyLength = 20;
    internal const int ReplyLengthVersion0 = 4;
    internal const int ReplyParcelSize = 4;

    // RpcDecStrong { u64 address; u32 amount; u32 reserved; }
    internal const int DecStrongLength = 16;
    internal const int DecStrongAmount = 8;

    // RpcWireAddress { u32 options; u32 address; }; all zero is the session itself
    internal const uint AddressCreated = 1;
    internal const uint AddressForServer = 2;
    internal const int AddressNumberShift = 32;

    // Transactions of the session itself (RPC_SPECIAL_TRANSACT_*)
    internal const uint SpecialGetRoot = 0;
    internal const uint SpecialGetMaxThreads = 1;
    internal const uint SpecialGetSessionId = 2;

    // Objects in parcels: i32 type, and of a binder the u64 address and the i32 stability (Parcel.cpp, Stability.h)
    internal const int ObjectNull = 0;
    internal const int ObjectBinder = 1;
    internal const int BinderObjectLength = 16;
    internal const int StabilitySystem = 0x0c;

    // IBinder.h, ibinder_internals.h: B_PACK_CHARS
    internal const uint FirstCall = 1;
    internal const uint LastCall = 0x00ff_ffff;
    internal const uint PingTransaction = 0x5f50_4e47;
    internal const uint InterfaceTransaction = 0x5f4e_5446;
    internal const uint ExtensionTransaction = 0x5f45_5854;

    // Each side's bounds
    internal const int MaxBody = 100_000;

    /// <summary>The first bytes on a connection by which somebody calls.</summary>
    internal static ReadOnlySpan<byte> ConnectionInit => "cci\0\0\0\0\0"u8;
}
