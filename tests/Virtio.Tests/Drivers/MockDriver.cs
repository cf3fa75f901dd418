using System.Collections.Immutable;
using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>
/// The driver of a device, in the test's process: real guest memory, real queues, real eventfds, and the transport's calls. Where a request's bytes
/// lie is the test's business, so it can be as wrong as a guest can be.
/// </summary>
internal sealed class MockDriver : IDisposable
{
    /// <summary>Where guest memory begins.</summary>
    internal const ulong MemoryStart = 0x8000_0000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly IVirtioDevice _device;
    private readonly ulong _memoryEnd;
    private readonly List<MockQueue> _closed = [];
    private ulong _next = MemoryStart;
    private ulong _features;
    private bool _active;

    /// <param name="device">Stays the test's.</param>
    /// <param name="memorySize">Bytes of guest memory; a second region of 64 KiB lies 1 MiB behind it.</param>
    internal MockDriver(IVirtioDevice device, ulong memorySize = 16 << 20)
    {
        _device = device;
        _memoryEnd = MemoryStart + memorySize;
        Memory = GuestMemory.Create(
            [
                new GuestRange(new GuestAddress(MemoryStart), memorySize),
                new GuestRange(new GuestAddress(_memoryEnd + (1 << 20)), 64 << 10),
            ],
            GuestMemoryBacking.MemFd);
    }

    internal GuestMemory Memory { get; }

    /// <summary>The first address behind the first region.</summary>
    internal GuestAddress MemoryEnd => new(_memoryEnd);

    internal RecordingSignals Signals { get; private set; } = new();

    /// <summary>The queues by number; null for one that was not enabled.</summary>
    internal ImmutableArray<MockQueue?> Queues { get; private set; } = [];

    /// <summary>Resets the device and frees the memory.</summary>
    public void Dispose()
    {
        Reset();
        _closed.ForEach(queue => queue.Dispose());
        Memory.Dispose();
    }

    /// <summary>Whether a feature was accepted.</summary>
    internal bool Has(ulong feature) => (_features & feature) == feature;

    /// <summary>Negotiates and sets DRIVER_OK, with fresh queues.</summary>
    /// <param name="features">What to accept of what is offered; null: all but the packed layout.</param>
    /// <param name="size">The size of each queue, at most its largest; null: the largest.</param>
    /// <param name="isProtected">Pages may be private.</param>
    /// <param name="enabled">Which queues to enable; null: all.</param>
    internal void Activate(ulong? features = null, ushort? size = null, bool isProtected = false, Func<int, bool>? enabled = null)
    {
        Assert.False(_active, "the device is active; reset it first");
        ulong offered = _device.Features | VirtioFeatures.Version1;
        _features = (features ?? (offered & ~VirtioFeatures.PackedRing)) & offered;
        _next = MemoryStart;
        Signals = new RecordingSignals();
        var queues = ImmutableArray.CreateBuilder<MockQueue?>();
        for (int i = 0; i < _device.QueueSizes.Length; i++)
        {
            ushort queueSize = Math.Min(size ?? ushort.MaxValue, _device.QueueSizes[i]);
            queues.Add(
                enabled?.Invoke(i) == false ? null
                : Has(VirtioFeatures.PackedRing) ? new MockPackedQueue(this, i, queueSize)
                : new MockSplitQueue(this, i, queueSize));
        }

        Queues = queues.ToImmutable();
        _active = true;
        _device.Activate(new DeviceActivation(Memory, isProtected, _features, [.. Queues.Select(queue => queue?.Setup)], Signals));
    }

    /// <summary>Resets the device and waits until it has let go of its queues.</summary>
    internal void Reset()
    {
        if (!_active)
        {
            return;
        }

        var done = new ManualResetEventSlim();
        _device.Reset(done.Set);
        // Otherwise it stays active, and its memory: a device that comes late would end the process, and the test that failed would not be named.
        Assert.True(done.Wait(s_patience), "the device did not finish its reset");
        _active = false;
        foreach (MockQueue? queue in Queues)
        {
            if (queue is not null)
            {
                _closed.Add(queue);
            }
        }

        // A device may not signal after its reset, but a test that fails otherwise should not meet a closed descriptor; a few are kept.
        while (_closed.Count > 64)
        {
            _closed[0].Dispose();
            _closed.RemoveAt(0);
        }
    }

    /// <summary>Takes zeroed guest memory; it is all free again at the next activation, and from the start when the end is reached.</summary>
    internal GuestAddress Allocate(int length, uint alignment = 16)
    {
        ulong place = (_next + alignment - 1) & ~((ulong)alignment - 1);
        if (place + (ulong)length > _memoryEnd)
        {
            throw new InvalidOperationException($"the driver's memory has no {length} bytes left");
        }

        _next = place + (ulong)length;
        Memory.GetSpan(new GuestAddress(place), length).Clear();
        return new GuestAddress(place);
    }

    /// <summary>Where <see cref="Allocate"/> goes on; store it before a loop and set it back in the loop to use memory again.</summary>
    internal ulong Mark
    {
        get => _next;
        set => _next = value;
    }

    internal MockQueue Queue(int index) => Queues[index] ?? throw new InvalidOperationException($"queue {index} is not enabled");
}
