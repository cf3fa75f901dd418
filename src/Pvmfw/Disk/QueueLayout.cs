namespace Pvmfw.Disk;

/// <summary>The pages of <see cref="IDmaMemory"/>: one split virtqueue (virtio 1.3, 2.7) for one request at a time, and the request's buffers.</summary>
/// <remarks>
/// <code>
/// 0x0000  descriptor table, 4 of 16 bytes
/// 0x0100  available ring
/// 0x0200  used ring
/// 0x0300  the request's header, 16 bytes
/// 0x0400  the request's status, 1 byte
/// 0x1000  the request's data, a page
/// </code>
/// </remarks>
public static class QueueLayout
{
    /// <summary>Bytes of all: two pages.</summary>
    public const int Size = 0x2000;

    /// <summary>Alignment of the first page.</summary>
    public const int Alignment = 0x1000;

    /// <summary>Descriptors: a request takes three, and the number has to be a power of two.</summary>
    internal const ushort QueueSize = 4;

    internal const int Descriptors = 0x0000;
    internal const int Available = 0x0100;
    internal const int Used = 0x0200;
    internal const int Header = 0x0300;
    internal const int Status = 0x0400;
    internal const int Data = 0x1000;

    /// <summary>Bytes of data that a request can have.</summary>
    internal const int DataSize = Size - Data;
}
