namespace Virtualization.Binder;

/// <summary>The numbers of the wire (libbinder's RpcWireFormat.h); all little-endian.</summary>
internal static class RpcWire
{
    internal const uint LatestVersion = 2;

    /// <summary>The first version whose parcels say their size and may have a table of objects behind them.</summary>
    internal const uint ExplicitParcelSize = 1;

    /// <summary>The first version whose tables name binders, and not only descriptors.</summary>
    internal const uint BinderPositions = 2;

    /// <summary>{ u32 version; u8 options; u8 fileDescriptorTransportMode; u8 reserved[8]; u16 sessionIdSize }.</summary>
    internal const int ConnectionHeaderSize = 16;
    internal const int OptionsOffset = 4;
    internal const int DescriptorModeOffset = 5;
    internal const int SessionIdSizeOffset = 14;
    internal const byte IncomingOption = 1;
    internal const int SessionIdSize = 32;

    /// <summary>{ u32 version; u8 reserved[4] }.</summary>
    internal const int NewSessionResponseSize = 8;

    internal const int ConnectionInitSize = 8;

    /// <summary>{ u32 command; u32 bodySize; u32 reserved[2] }.</summary>
    internal const int HeaderSize = 16;
    internal const uint Transact = 0;
    internal const uint Reply = 1;
    internal const uint DecStrong = 2;

    /// <summary>{ u64 address; u32 code; u32 flags; u64 asyncNumber; u32 parcelDataSize; u32 reserved[3] }.</summary>
    internal const int TransactionSize = 40;

    /// <summary>{ i32 status }, from version 1 on followed by { u32 parcelDataSize; u32 reserved[3] }.</summary>
    internal const int FirstReplySize = 4;
    internal const int ReplySizeWithParcelSize = 20;

    /// <summary>{ u64 address; u32 amount; u32 reserved }.</summary>
    internal const int DecStrongSize = 16;

    /// <summary>An address is { u32 options; u32 number }.</summary>
    internal const ulong CreatedOption = 1;
    internal const ulong ForServerOption = 2;

    /// <summary>Special transactions go to address 0.</summary>
    internal const uint GetRoot = 0;
    internal const uint GetMaxThreads = 1;
    internal const uint GetSessionId = 2;

    /// <summary>What an object in a parcel is.</summary>
    internal const int NullBinderType = 0;
    internal const int BinderType = 1;
    internal const int DescriptorType = 2;

    /// <summary>{ i32 type; u64 address; i32 stability }.</summary>
    internal const int BinderSize = 16;

    /// <summary>{ i32 type; i32 index }.</summary>
    internal const int DescriptorSize = 8;

    /// <summary>"cci" and zeroes: what a connection's caller says first.</summary>
    internal static ReadOnlySpan<byte> ConnectionInit => "cci\0\0\0\0\0"u8;

    internal static int ReplySize(uint version) => version >= ExplicitParcelSize ? ReplySizeWithParcelSize : FirstReplySize;
}
