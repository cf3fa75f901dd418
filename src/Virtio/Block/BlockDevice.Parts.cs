using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block;

/// <content>From a request to the parts that the host does, and back.</content>
public sealed partial class BlockDevice
{
    // Enough to keep the host busy with one request; more of a large one follow as these end.
    private const int MaxPartsOut = 8;
    private const uint MaxZeroesAtOnce = 64 * 1024;

    private static readonly byte[] s_zeroes = new byte[4096];

    // One whose bytes stay where they are; null where places can move.
    private readonly FileDescriptor? _rawFile;
    private readonly uint _alignment;
    private readonly LinkedRow<BlockRequest> _held = new();
    private readonly LinkedRow<BlockPart> _exclusive = new();
    private bool _mustBounce;
    private bool _exclusiveRuns;
    private int _located;

    /// <summary>A change of where bytes lie waits or runs: nothing that uses a place may begin.</summary>
    private bool IsHeld => _exclusiveRuns || !_exclusive.IsEmpty;

    /// <summary>Starts as many parts of a transfer as may be out, or finishes it.</summary>
    internal void Advance(BlockRequest request)
    {
        while (request.Issued < request.Length && request.Status == VirtioBlk.VIRTIO_BLK_S_OK && request.Pending < MaxPartsOut)
        {
            if (_resetDone is not null)
            {
                request.Status = VirtioBlk.VIRTIO_BLK_S_IOERR;
                break;
            }

            if (IsHeld)
            {
                request.IsParked = true;
                _held.Add(request);
                return;
            }

            if (!TryIssue(request))
            {
                return;
            }
        }

        if (request.Pending > 0)
        {
            return;
        }

        if (request.NeedsFlush && request.Status == VirtioBlk.VIRTIO_BLK_S_OK)
        {
            request.NeedsFlush = false;
            StartFlush(request);
            return;
        }

        Finish(request, request.Status);
    }

    /// <summary>Makes durable what was written and completed before: later writes do not matter, earlier ones have reached the file.</summary>
    private void StartFlush(BlockRequest request)
    {
        BlockPart part = Take(request, _rawFile is null ? BlockPartKind.DiskFlush : BlockPartKind.FileFlush);
        part.File = _rawFile;
        _thread.Start(part);
    }

    private void StartRanges(BlockRequest request)
    {
        BlockPart part = Take(request, request.Type == VirtioBlk.VIRTIO_BLK_T_DISCARD ? BlockPartKind.Discard : BlockPartKind.WriteZeroes);
        if (_rawFile is not null)
        {
            _thread.Start(part);
        }
        else
        {
            RunAlone(part);
        }
    }

    private void BeginResize(ResizeRequest resize)
    {
        BlockPart part = Take(null, BlockPartKind.Resize);
        part.Resize = resize;
        RunAlone(part);
    }

    private void EndResize(ResizeRequest resize, int error)
    {
        if (error == 0)
        {
            Volatile.Write(ref _capacity, Disk.Size / VirtioBlk.SectorSize);
            _activation?.Signals.ConfigurationChanged();
        }

        resize.Complete(error);
        EndExclusive();
    }

    private BlockPart Take(BlockRequest? request, BlockPartKind kind)
    {
        BlockPart part = _thread.TakePart();
        part.Device = this;
        part.Kind = kind;
        part.Request = request;
        part.Length = 0;
        part.Done = 0;
        if (request is not null)
        {
            request.Pending++;
        }

        return part;
    }

    /// <summary>Starts the next part of a transfer.</summary>
    /// <returns>False when the request waits.</returns>
    private bool TryIssue(BlockRequest request)
    {
        uint rest = request.Length - request.Issued;
        ulong offset = request.Offset + request.Issued;
        DiskExtent extent = Disk.Locate(offset, rest, request.IsWrite);
        uint length = (uint)Math.Min(extent.Length, rest);
        switch (extent.Kind)
        {
            case DiskExtentKind.File when _alignment != 0:
                return TryIssueDirect(request, extent, length);
            case DiskExtentKind.File:
                Issue(request, request.IsWrite ? BlockPartKind.FileWrite : BlockPartKind.FileRead, extent.File, extent.FileOffset, length);
                break;
            case DiskExtentKind.Zero when length <= MaxZeroesAtOnce:
                Zero(request, length);
                break;
            case DiskExtentKind.Zero:
                Issue(request, BlockPartKind.FileRead, _thread.Zeroes(), 0, length);
                break;
            default:
                Issue(request, request.IsWrite ? BlockPartKind.DiskWrite : BlockPartKind.DiskRead, null, offset, length);
                break;
        }

        return true;
    }

    private BlockPart Prepare(BlockRequest request, BlockPartKind kind, FileDescriptor? file, ulong offset, uint length)
    {
        BlockPart part = Take(request, kind);
        part.File = file;
        part.Offset = offset;
        part.Length = length;
        part.ChainOffset = request.Issued + (request.IsWrite ? BlockHeader.Length : 0u);
        request.Issued += length;
        _located += file is null ? 0 : 1;
        return part;
    }

    private void Issue(BlockRequest request, BlockPartKind kind, FileDescriptor? file, ulong offset, uint length) =>
        _thread.Start(Prepare(request, kind, file, offset, length));

    /// <summary>O_DIRECT: guest memory itself where it is aligned and may be pinned, otherwise an aligned buffer.</summary>
    private unsafe bool TryIssueDirect(BlockRequest request, in DiskExtent extent, uint length)
    {
        BlockPartKind kind = request.IsWrite ? BlockPartKind.FileWrite : BlockPartKind.FileRead;
        if (!_mustBounce && IsAligned(request, length))
        {
            Issue(request, kind, extent.File, extent.FileOffset, length);
            return true;
        }

        if (!_thread.TryTakeBounce(request, out byte* bounce))
        {
            return false;
        }

        length = Math.Min(length, BounceBuffers.Size);
        // SAFETY: the buffer holds BounceBuffers.Size bytes and is this part's until its result is in.
        if (request.IsWrite && !request.Chain.TryRead(request.Issued + BlockHeader.Length, new Span<byte>(bounce, (int)length)))
        {
            _thread.ReturnBounce(bounce);
            request.Status = VirtioBlk.VIRTIO_BLK_S_IOERR;
            return true;
        }

        BlockPart part = Prepare(request, kind, extent.File, extent.FileOffset, length);
        part.Bounce = bounce;
        _thread.Start(part);
        return true;
    }

    private unsafe bool IsAligned(BlockRequest request, uint length)
    {
        Span<IoVector> vectors = stackalloc IoVector[16];
        int count = request.IsWrite
            ? request.Chain.GetReadable(request.Issued + BlockHeader.Length, length, vectors)
            : request.Chain.GetWritable(request.Issued, length, vectors);
        nuint covered = 0;
        foreach (IoVector vector in vectors[..count])
        {
            if ((((nuint)vector.Start | vector.Length) & (_alignment - 1)) != 0)
            {
                return false;
            }

            covered += vector.Length;
        }

        // More pieces than were looked at: bounced, which costs a copy and is never wrong.
        return covered == length;
    }

    private static void Zero(BlockRequest request, uint length)
    {
        for (uint done = 0; done < length; done += (uint)s_zeroes.Length)
        {
            uint run = Math.Min(length - done, (uint)s_zeroes.Length);
            if (!request.Chain.TryWrite(request.Issued + done, s_zeroes.AsSpan(0, (int)run)))
            {
                request.Status = VirtioBlk.VIRTIO_BLK_S_IOERR;
                return;
            }
        }

        request.Issued += length;
    }

    private unsafe void EndPart(BlockPart part, int error)
    {
        BlockRequest request = part.Request!;
        request.Pending--;
        if (part.Kind is BlockPartKind.FileRead or BlockPartKind.FileWrite)
        {
            _located--;
        }

        if (error != 0)
        {
            request.Status = error == Errno.EOPNOTSUPP ? VirtioBlk.VIRTIO_BLK_S_UNSUPP : VirtioBlk.VIRTIO_BLK_S_IOERR;
            ReportFailure(request, error);
        }
        else if (part.Bounce is not null && part.Kind == BlockPartKind.FileRead &&
            !request.Chain.TryWrite(part.ChainOffset, new ReadOnlySpan<byte>(part.Bounce, (int)part.Length)))
        {
            request.Status = VirtioBlk.VIRTIO_BLK_S_IOERR;
        }

        if (!request.IsParked)
        {
            Advance(request);
        }

        if (part.Kind is BlockPartKind.Discard or BlockPartKind.WriteZeroes && _rawFile is null)
        {
            EndExclusive();
        }
        else
        {
            RunNextAlone();
        }
    }

    /// <summary>Runs a part when no other uses a place that was located: for what moves bytes or frees their place.</summary>
    private void RunAlone(BlockPart part)
    {
        _exclusive.Add(part);
        RunNextAlone();
    }

    private void RunNextAlone()
    {
        if (!_exclusiveRuns && _located == 0 && _exclusive.TryTake(out BlockPart? part))
        {
            _exclusiveRuns = true;
            _thread.Start(part);
        }
    }

    private void EndExclusive()
    {
        _exclusiveRuns = false;
        RunNextAlone();
        while (!IsHeld && _held.TryTake(out BlockRequest? request))
        {
            request.IsParked = false;
            Advance(request);
        }
    }
}
