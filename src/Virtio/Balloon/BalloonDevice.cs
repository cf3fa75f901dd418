using System.Buffers.Binary;
using System.Collections.Immutable;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Queues;
using static Virtio.Balloon.BalloonAbi;

namespace Virtio.Balloon;

/// <summary>A memory balloon (virtio 1.3, section 5.5): memory that the guest lends to the host, by order or as it becomes free.</summary>
/// <remarks>
/// Pages in the balloon are given back at once and come back as zeros when the guest takes them again. The control members are for any thread.
/// Not for protected guests: their pages cannot be taken from them.
/// </remarks>
public sealed class BalloonDevice : LoopDevice
{
    private const ushort QueueSize = 128; // as crosvm
    private const int BuffersPerTurn = 64;

    private readonly Lock _gate = new();
    private readonly bool _reportsFreePages;
    private readonly ReturnedMemory _returned;
    private readonly LoopTask _showTarget;
    private readonly LoopTask _askStatistics;
    private readonly byte[] _statisticsBytes = new byte[BalloonStatistics.MaxBytes];
    private readonly DescriptorChain?[] _current = new DescriptorChain?[5];
    private readonly uint[] _progress = new uint[5];
    private uint _targetPages;
    private uint _actualPages;
    private DescriptorChain? _statisticsBuffer;
    private BalloonStatistics _statistics;
    private long _statisticsWanted; // the newest number given out
    private long _statisticsAsked; // up to which the driver was asked
    private long _statisticsAnswered;
    private volatile bool _tellsStatistics;

    /// <param name="loop">Does the device's work.</param>
    /// <param name="ram">The guest's RAM: pages of it, and no others, are given back.</param>
    /// <param name="reportsFreePages">The guest is asked to report pages that it does not use, without any order.</param>
    /// <param name="initialBytes">What the balloon should hold at first.</param>
    public BalloonDevice(EventLoop loop, GuestRange ram, bool reportsFreePages = false, ulong initialBytes = 0)
        : base(loop)
    {
        Ram = ram;
        _reportsFreePages = reportsFreePages;
        _returned = new ReturnedMemory(ram);
        _showTarget = Loop.CreateTask(() => Activation?.Signals.ConfigurationChanged());
        _askStatistics = Loop.CreateTask(AskStatistics);
        _targetPages = (uint)(initialBytes >> VIRTIO_BALLOON_PFN_SHIFT);
        // A queue between 2 and 4 belongs to free page hints, which are not offered. The specification leaves its number unused, older
        // drivers move the queue behind it up: the driver's choice shows in the queue that it enables.
        QueueSizes = [.. Enumerable.Repeat(QueueSize, reportsFreePages ? 5 : 3)];
    }

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Balloon;

    /// <inheritdoc/>
    public override string Name => "balloon";

    /// <inheritdoc/>
    public override ulong Features =>
        VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.PackedRing | VIRTIO_BALLOON_F_MUST_TELL_HOST
        | VIRTIO_BALLOON_F_STATS_VQ | VIRTIO_BALLOON_F_DEFLATE_ON_OOM | (_reportsFreePages ? VIRTIO_BALLOON_F_REPORTING : 0);

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; }

    /// <summary>The memory that the balloon can take from.</summary>
    public GuestRange Ram { get; }

    /// <summary>What the balloon should hold, in bytes.</summary>
    public ulong TargetBytes => (ulong)Volatile.Read(ref _targetPages) << VIRTIO_BALLOON_PFN_SHIFT;

    /// <summary>What the driver says that it holds, in bytes; a hostile one says anything.</summary>
    public ulong ActualBytes => (ulong)Volatile.Read(ref _actualPages) << VIRTIO_BALLOON_PFN_SHIFT;

    /// <summary>Bytes that the guest gave back by inflating and by reporting; a page counts each time.</summary>
    public long ReturnedBytes => _returned.Bytes;

    /// <summary>Whether a driver is active that answers <see cref="RequestStatistics"/>.</summary>
    public bool TellsStatistics => _tellsStatistics;

    /// <summary>Called, on any thread, when <see cref="ActualBytes"/> or the statistics have changed. It must not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>Asks the guest for another size; it gets there in its own time, or never.</summary>
    /// <param name="bytes">Rounded down to 4 KiB; at most the guest's RAM.</param>
    public void SetTarget(ulong bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Ram.Size);
        Volatile.Write(ref _targetPages, (uint)(bytes >> VIRTIO_BALLOON_PFN_SHIFT));
        _showTarget.Schedule();
    }

    /// <summary>Asks the guest for statistics.</summary>
    /// <returns>The number to look for the answer with.</returns>
    public long RequestStatistics()
    {
        long number = Interlocked.Increment(ref _statisticsWanted);
        _askStatistics.Schedule();
        return number;
    }

    /// <summary>Looks for an answer.</summary>
    /// <param name="number">Of <see cref="RequestStatistics"/>.</param>
    /// <param name="statistics">What the guest said after it was asked.</param>
    /// <returns>Whether it has answered.</returns>
    public bool TryGetStatistics(long number, out BalloonStatistics statistics)
    {
        lock (_gate)
        {
            statistics = _statistics;
            return _statisticsAnswered >= number;
        }
    }

    /// <inheritdoc/>
    public override void ReadConfiguration(int offset, Span<byte> data)
    {
        data.Clear();
        Span<byte> configuration = stackalloc byte[ConfigurationSize];
        configuration.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(configuration, Volatile.Read(ref _targetPages));
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[ActualOffset..], Volatile.Read(ref _actualPages));
        if (offset >= 0 && offset < configuration.Length)
        {
            configuration = configuration[offset..];
            configuration[..Math.Min(configuration.Length, data.Length)].CopyTo(data);
        }
    }

    /// <inheritdoc/>
    public override void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            uint actual = _actualPages;
            for (int i = 0; i < data.Length; i++)
            {
                long place = (long)offset + i - ActualOffset;
                if (place is >= 0 and < sizeof(uint))
                {
                    int shift = 8 * (int)place;
                    actual = (actual & ~(0xffu << shift)) | ((uint)data[i] << shift);
                }
            }

            Volatile.Write(ref _actualPages, actual);
        }

        Changed?.Invoke();
    }

    /// <inheritdoc/>
    protected override void OnActivated() =>
        _tellsStatistics = Activation!.Has(VIRTIO_BALLOON_F_STATS_VQ) && Queues[StatisticsQueue] is not null;

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        bool more = _tellsStatistics && queue.Index == StatisticsQueue ? TakeStatistics(queue) : Serve(queue);
        queue.Publish();
        return more;
    }

    /// <inheritdoc/>
    protected override void OnReset()
    {
        Array.Clear(_current);
        _statisticsBuffer = null;
        _tellsStatistics = false;
        lock (_gate)
        {
            Volatile.Write(ref _actualPages, 0);
        }

        Changed?.Invoke();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _showTarget.Dispose();
        _askStatistics.Dispose();

        base.Dispose(disposing);
    }

    private bool Serve(Virtqueue queue)
    {
        ref DescriptorChain? chain = ref _current[queue.Index];
        for (int i = 0; i < BuffersPerTurn; i++)
        {
            if (chain is null)
            {
                if (!queue.TryPop(out chain))
                {
                    if (!queue.EnableNotifications())
                    {
                        return false;
                    }

                    continue;
                }

                _progress[queue.Index] = 0;
            }

            if (ReturnSome(queue.Index, chain))
            {
                return true;
            }

            queue.Push(chain, 0);
            chain = null;
        }

        return true;
    }

    /// <returns>Whether there is more of the buffer.</returns>
    private bool ReturnSome(int queue, DescriptorChain chain) => queue switch
    {
        InflateQueue => _returned.ReturnPages(Activation!.Memory, chain, ref _progress[queue]),
        DeflateQueue => false, // its pages come back when the guest touches them
        _ => _reportsFreePages && _returned.ReturnRanges(Activation!.Memory, chain, ref _progress[queue]),
    };

    /// <summary>Reads the buffer that the driver gives, and keeps it: giving it back is how the next statistics are asked for.</summary>
    private bool TakeStatistics(Virtqueue queue)
    {
        for (int i = 0; i < BuffersPerTurn; i++)
        {
            if (!queue.TryPop(out DescriptorChain? chain))
            {
                if (!queue.EnableNotifications())
                {
                    return false;
                }

                continue;
            }

            if (_statisticsBuffer is { } old)
            {
                // One buffer is all that the specification has the driver give.
                queue.Push(old, 0);
            }

            _statisticsBuffer = chain;
            Span<byte> bytes = _statisticsBytes.AsSpan(0, (int)Math.Min((uint)_statisticsBytes.Length, chain.ReadableLength));
            if (chain.TryRead(0, bytes))
            {
                lock (_gate)
                {
                    _statistics = BalloonStatistics.Parse(bytes);
                    // The first buffer comes unasked and answers nobody: it is as old as the driver.
                    _statisticsAnswered = _statisticsAsked;
                }

                Changed?.Invoke();
            }

            if (Volatile.Read(ref _statisticsWanted) > _statisticsAsked)
            {
                AskStatistics();
            }
        }

        return true;
    }

    private void AskStatistics()
    {
        if (_tellsStatistics && _statisticsBuffer is { } buffer && Queues[StatisticsQueue] is { } queue)
        {
            _statisticsBuffer = null;
            _statisticsAsked = Volatile.Read(ref _statisticsWanted);
            queue.Push(buffer, 0);
            queue.Publish();
        }
    }
}
