using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block;

/// <summary>One piece of a request as the host does it: at most one file, one direction. Used again and again.</summary>
/// <remarks>The block thread fills it in; from then until its result comes back it belongs to the engine or to a worker.</remarks>
internal sealed unsafe class BlockPart(uint index) : ILinked<BlockPart>
{
    private const uint MaxQuickBytes = 64 * 1024;

    /// <summary>Its number among all parts of the thread, for io_uring.</summary>
    internal uint Index { get; } = index;

    internal BlockPartKind Kind { get; set; }

    internal BlockDevice Device { get; set; } = null!;

    /// <summary>The request; null for a change of size.</summary>
    internal BlockRequest? Request { get; set; }

    internal FileDescriptor? File { get; set; }

    /// <summary>Where in the file, or on the disk, the piece begins.</summary>
    internal ulong Offset { get; set; }

    /// <summary>Where in the readable or writable part of the chain it begins.</summary>
    internal uint ChainOffset { get; set; }

    internal uint Length { get; set; }

    /// <summary>Bytes that are done already.</summary>
    internal uint Done { get; set; }

    /// <summary>The aligned buffer that stands in for guest memory; null: guest memory itself.</summary>
    internal byte* Bounce { get; set; }

    /// <summary>The writer of its file, where the file has one and this is a write in flight.</summary>
    internal BlockWriter? Writer { get; set; }

    /// <summary>The new size, for <see cref="BlockPartKind.Resize"/>.</summary>
    internal ResizeRequest? Resize { get; set; }

    /// <summary>0, or an errno; set by a worker. Where it was transferred at once: bytes, or a negative errno.</summary>
    internal int Error { get; set; }

    /// <inheritdoc/>
    public BlockPart? Next { get; set; }

    internal bool IsWrite => Kind is BlockPartKind.FileWrite or BlockPartKind.DiskWrite;

    /// <summary>The memory that is still to be transferred.</summary>
    /// <param name="vectors">Takes it; room for <see cref="FileTransfer.MaxVectors"/>.</param>
    /// <returns>The number of pieces.</returns>
    internal int GetVectors(Span<IoVector> vectors)
    {
        if (Bounce is not null)
        {
            // SAFETY: the buffer holds Length bytes and is this part's until its result is in.
            vectors[0] = new IoVector(Bounce + Done, Length - Done);
            return 1;
        }

        return IsWrite
            ? Request!.Chain.GetReadable(ChainOffset + Done, Length - Done, vectors)
            : Request!.Chain.GetWritable(ChainOffset + Done, Length - Done, vectors);
    }

    /// <summary>Whether it is a copy from or to the host's memory, so short that the block thread makes it itself: handing it over costs more.</summary>
    internal bool IsQuick => Kind is BlockPartKind.FileRead or BlockPartKind.FileWrite && Length - Done <= MaxQuickBytes && File is DiskDescriptor { IsInMemory: true };

    /// <summary>Transfers it, or a part of it.</summary>
    /// <param name="vectors">Room for the vectors.</param>
    /// <returns>Bytes, or a negative errno.</returns>
    internal int Transfer(Span<IoVector> vectors)
    {
        vectors = vectors[..GetVectors(vectors)];
        return (int)(IsWrite ? FileTransfer.Write(File!, vectors, Offset + Done) : FileTransfer.Read(File!, vectors, Offset + Done));
    }

    /// <summary>Writes it, or as much as goes without waiting.</summary>
    /// <param name="vectors">Room for the vectors.</param>
    /// <returns>Bytes, or a negative errno, as of <see cref="FileTransfer.WriteNow"/>.</returns>
    internal int WriteNow(Span<IoVector> vectors) => (int)FileTransfer.WriteNow(File!, vectors[..GetVectors(vectors)], Offset + Done);

    /// <summary>Does all of it, for as long as it takes; on a worker.</summary>
    /// <param name="vectors">Room for the worker's vectors.</param>
    internal void Run(Span<IoVector> vectors) => Error = Kind switch
    {
        BlockPartKind.FileRead => FileTransfer.ReadAll(File!, vectors[..GetVectors(vectors)], Offset + Done),
        BlockPartKind.FileWrite => FileTransfer.WriteAll(File!, vectors[..GetVectors(vectors)], Offset + Done),
        BlockPartKind.FileFlush => FileSpace.Flush(File!),
        BlockPartKind.DiskRead => Device.Disk.Read(vectors[..GetVectors(vectors)], Offset),
        BlockPartKind.DiskWrite => Device.Disk.Write(vectors[..GetVectors(vectors)], Offset),
        BlockPartKind.DiskFlush => Device.Disk.Flush(),
        BlockPartKind.Discard or BlockPartKind.WriteZeroes => Request!.RunRanges(Device.Disk, Kind == BlockPartKind.Discard),
        BlockPartKind.Resize => Device.Disk.Resize(Resize!.Size),
        _ => Errno.EINVAL,
    };
}
