using System.Collections.Immutable;
using Kvm.Interop;
using Virtio.Queues;

namespace Virtio.Block;

/// <summary>A virtio block device (virtio 1.3, section 5.2).</summary>
/// <remarks>
/// Everything but <see cref="ReadConfiguration"/> is done on its <see cref="BlockThread"/>. A request becomes parts, one for each run of bytes that
/// lies in one place on the host; the guest gets it back when the last of them has ended. What the host cannot do is an I/O error of that request.
/// </remarks>
public sealed partial class BlockDevice : IVirtioDevice, IDeviceCounters
{
    private readonly BlockThread _thread;
    private readonly BlockDeviceOptions _options;
    private readonly BlockCounters _counters = new();
    private readonly byte[] _id = new byte[VirtioBlk.VIRTIO_BLK_ID_BYTES];
    private DeviceActivation? _activation;
    private GuestAccess? _access;
    private ImmutableArray<BlockQueue> _queues = [];
    private Action? _resetDone;
    private int _watches;
    private int _inFlight;
    private bool _writeThrough;
    private ulong _capacity;

    /// <param name="disk">The content; disposed with the device.</param>
    /// <param name="thread">Does the work; it outlives the device.</param>
    /// <param name="options">What the guest sees.</param>
    public BlockDevice(IDisk disk, BlockThread thread, BlockDeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(thread);
        ArgumentNullException.ThrowIfNull(options);
        Disk = disk;
        _thread = thread;
        _options = options;
        _capacity = disk.Size / VirtioBlk.SectorSize;
        _alignment = (disk as RawDisk)?.Alignment ?? 0;
        _rawFile = (disk as RawDisk)?.File;
        System.Text.Encoding.ASCII.GetBytes(options.Id.AsSpan(0, Math.Min(options.Id.Length, _id.Length)), _id);
        QueueSizes = [.. Enumerable.Repeat(options.QueueSize, options.QueueCount)];
    }

    /// <inheritdoc/>
    public VirtioDeviceType DeviceType => VirtioDeviceType.Block;

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public DeviceCounters Counters => _counters.Total;

    /// <inheritdoc/>
    public ulong Features
    {
        get
        {
            ulong features = VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioBlk.VIRTIO_BLK_F_SEG_MAX |
                VirtioBlk.VIRTIO_BLK_F_BLK_SIZE | VirtioBlk.VIRTIO_BLK_F_FLUSH | VirtioBlk.VIRTIO_BLK_F_TOPOLOGY;
            features |= _options.QueueCount > 1 ? VirtioBlk.VIRTIO_BLK_F_MQ : 0;
            features |= _options.PackedQueue ? VirtioFeatures.PackedRing : 0;
            return features | (Disk.IsReadOnly ? VirtioBlk.VIRTIO_BLK_F_RO
                : VirtioBlk.VIRTIO_BLK_F_WRITE_ZEROES | (_options.Discard ? VirtioBlk.VIRTIO_BLK_F_DISCARD : 0));
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<ushort> QueueSizes { get; }

    /// <summary>The content.</summary>
    internal IDisk Disk { get; }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> data)
    {
        Span<byte> configuration = stackalloc byte[BlockConfiguration.Length];
        BlockConfiguration.Write(configuration, _options, Volatile.Read(ref _capacity));
        data.Clear();
        if ((uint)offset < (uint)configuration.Length)
        {
            configuration = configuration[offset..];
            configuration[..Math.Min(data.Length, configuration.Length)].CopyTo(data);
        }
    }

    /// <summary>Nothing of the configuration can be changed by the driver.</summary>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
    }

    /// <inheritdoc/>
    public void Activate(DeviceActivation activation) => _thread.Post(() => ActivateNow(activation));

    /// <inheritdoc/>
    public void Reset(Action done)
    {
        ArgumentNullException.ThrowIfNull(done);
        if (!_thread.Post(() => ResetNow(done)))
        {
            // The machine ends: when the thread is gone nothing touches the queues any more.
            _thread.Stop();
            done();
        }
    }

    /// <summary>Changes the disk's size; the driver is told.</summary>
    /// <param name="size">In bytes, a multiple of 512.</param>
    /// <returns>0, or an errno as of <see cref="IDisk.Resize"/>.</returns>
    public Task<int> ResizeAsync(ulong size)
    {
        if (size == 0 || size % VirtioBlk.SectorSize != 0)
        {
            return Task.FromResult(Errno.EINVAL);
        }

        var request = new ResizeRequest(size);
        return _thread.Post(() => BeginResize(request)) ? request.Result : Task.FromResult(Errno.ENODEV);
    }

    /// <summary>Ends the thread, which is nobody's any more when the first of its devices goes, and closes the disk.</summary>
    public void Dispose()
    {
        _thread.Stop();
        _access?.Dispose();
        _access = null;
        Disk.Dispose();
    }

    /// <summary>Takes what a queue has.</summary>
    internal void Serve(BlockQueue queue)
    {
        if (!CanServe(queue))
        {
            return;
        }

        try
        {
            queue.Ring.DisableNotifications();
            // At most a whole queue at a time: other queues come first then.
            for (int i = 0; i < queue.Ring.Size && !_thread.HasEnoughToTell && queue.Ring.TryPop(out DescriptorChain? chain); i++)
            {
                Begin(queue, chain);
            }
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    /// <summary>Whether the driver has put more into a queue that was served.</summary>
    internal bool HasNext(BlockQueue queue)
    {
        try
        {
            return CanServe(queue) && queue.Ring.HasNext;
        }
        catch (Exception e)
        {
            GiveUp(e);
            return false;
        }
    }

    /// <summary>Asks the driver to notify, unless there is something without that.</summary>
    internal bool HasMore(BlockQueue queue)
    {
        try
        {
            return CanServe(queue) && queue.Ring.EnableNotifications();
        }
        catch (Exception e)
        {
            GiveUp(e);
            return false;
        }
    }

    /// <summary>Shows the driver what was given back.</summary>
    internal void Publish(BlockQueue queue)
    {
        try
        {
            queue.Ring.Publish();
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    /// <summary>A part of this device has ended.</summary>
    internal void OnFinished(BlockPart part, int error)
    {
        if (part.Resize is { } resize)
        {
            EndResize(resize, error);
        }
        else
        {
            EndPart(part, error);
        }
    }

    /// <summary>The watch of one of its queues has ended.</summary>
    internal void OnUnwatched()
    {
        _watches--;
        EndReset();
    }

    private bool CanServe(BlockQueue queue) => !queue.IsClosed && _resetDone is null && !queue.Ring.IsBroken;

    private void ActivateNow(DeviceActivation activation)
    {
        _activation = activation;
        _writeThrough = !activation.Has(VirtioBlk.VIRTIO_BLK_F_FLUSH);
        try
        {
            GuestAccess access = _access = new GuestAccess(activation.Memory, activation.IsProtected);
            _mustBounce = activation.IsProtected;
            _queues =
            [
                .. activation.Queues.Where(static setup => setup is not null)
                    .Select(setup => new BlockQueue(this, setup!.Open(activation, access), setup.Kick)),
            ];
            foreach (BlockQueue queue in _queues)
            {
                _thread.Add(queue);
                _watches++;
            }
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    private void ResetNow(Action done)
    {
        _resetDone = done;
        foreach (BlockQueue queue in _queues)
        {
            if (queue.Watch >= 0)
            {
                _thread.Remove(queue);
            }
        }

        EndReset();
    }

    private void EndReset()
    {
        if (_resetDone is not { } done || _watches > 0 || _inFlight > 0)
        {
            return;
        }

        foreach (BlockQueue queue in _queues)
        {
            queue.IsClosed = true;
            queue.HasUnpublished = false;
            // A notification that came late must not be the next activation's.
            queue.Kick.TryConsume();
        }

        _resetDone = null;
        _queues = [];
        _activation = null;
        _access?.Dispose();
        _access = null;
        done();
    }

    /// <summary>A fault of this program is this device's alone.</summary>
    private void GiveUp(Exception e) => _activation?.Fail($"{e.GetType().Name}: {e.Message}");
}
