using System.Diagnostics;
using Kvm.Interop.Memory;

namespace Virtio.Tests.Drivers;

/// <summary>A driver that does anything a guest can do, in an order that a seed decides: what is allowed, what is not, and garbage.</summary>
internal sealed class RandomDriver
{
    private readonly IVirtioDevice _device;
    private readonly MockDriver _driver;
    private readonly Random _random;
    private readonly Func<Random, int, byte[]>? _request;
    private readonly byte[] _bytes = new byte[64];
    private bool _active;

    /// <param name="device">The device.</param>
    /// <param name="driver">Its driver, not active.</param>
    /// <param name="seed">Decides everything but the threads' timing.</param>
    /// <param name="request">Makes a request that is plausible for a queue, by its number, so that the device's depths are reached.</param>
    internal RandomDriver(IVirtioDevice device, MockDriver driver, int seed, Func<Random, int, byte[]>? request = null)
    {
        _device = device;
        _driver = driver;
        _random = new Random(seed);
        _request = request;
    }

    /// <summary>Buffers that the device gave back.</summary>
    internal long Used { get; private set; }

    /// <summary>Resets that were made, the last one included.</summary>
    internal int Resets { get; private set; }

    /// <summary>Drives the device and resets it in the end.</summary>
    /// <param name="steps">How many things to do.</param>
    /// <param name="budget">Fails beyond this time.</param>
    internal void Run(int steps, TimeSpan budget)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
        {
            Step();
            if (i % 1000 == 0)
            {
                TimeSpan taken = Stopwatch.GetElapsedTime(start);
                Assert.True(taken < budget, $"{i} steps took {taken}");
            }
        }

        Reset();
    }

    private void Step()
    {
        if (!_active)
        {
            Activate();
            return;
        }

        switch (_random.Next(100))
        {
            case < 45:
                AddChain();
                break;
            case < 65:
                Take();
                break;
            case < 78:
                Pick()?.Kick();
                break;
            case < 86:
                UseConfiguration();
                break;
            case < 91:
                Wish();
                break;
            case < 96:
                BreakRing();
                break;
            case < 98:
                Scribble();
                break;
            default:
                // Mostly when the device has given up: a reset costs the most time of all.
                if (_random.Next(40) == 0 || !_driver.Signals.Faults.IsEmpty)
                {
                    Reset();
                }

                break;
        }
    }

    private void Activate()
    {
        ulong mask = _random.Next(4) switch
        {
            0 => ulong.MaxValue,
            1 => ~VirtioFeatures.PackedRing,
            2 => (ulong)_random.NextInt64() | VirtioFeatures.Version1,
            _ => ~(VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors),
        };
        ushort size = (ushort)(1 << _random.Next(0, 9));
        bool all = _random.Next(8) != 0;
        _driver.Activate((_device.Features | VirtioFeatures.Version1) & mask, size, _random.Next(8) == 0, _ => all || _random.Next(2) == 0);
        _active = true;
    }

    private void Reset()
    {
        if (_active)
        {
            _driver.Reset();
            _active = false;
            Resets++;
        }
    }

    private MockQueue? Pick() => _driver.Queues.IsEmpty ? null : _driver.Queues[_random.Next(_driver.Queues.Length)];

    private void AddChain()
    {
        if (Pick() is not { } queue)
        {
            return;
        }

        ulong mark = _driver.Mark;
        int count = _random.Next(1, 5);
        bool writable = false;
        MockBuffer[] buffers = new MockBuffer[count];
        for (int i = 0; i < count; i++)
        {
            writable = writable || (i > 0 && _random.Next(2) == 0) || _random.Next(6) == 0;
            buffers[i] = MakeBuffer(queue.Index, writable && _random.Next(50) != 0, first: i == 0);
        }

        // What lies there is used again and again, so the driver changes buffers under the device's hands.
        _driver.Mark = _random.Next(64) == 0 || mark + (8 << 20) > _driver.MemoryEnd.Value ? _driver.MemoryEnd.Value - (8 << 20) : _driver.Mark;
        try
        {
            if (_random.Next(3) == 0)
            {
                queue.AddIndirect(buffers);
            }
            else
            {
                queue.Add(buffers);
            }
        }
        catch (InvalidOperationException)
        {
            // No descriptor is free.
        }

        if (_random.Next(2) == 0)
        {
            queue.Kick();
        }
    }

    private MockBuffer MakeBuffer(int queue, bool writable, bool first)
    {
        if (_random.Next(60) == 0)
        {
            return new MockBuffer(new GuestAddress(OddAddress()), (uint)OddLength(), writable);
        }

        byte[]? request = first && !writable ? _request?.Invoke(_random, queue) : null;
        int length = request?.Length ?? _random.Next(4) switch { 0 => _random.Next(1, 32), 1 => 512, 2 => _random.Next(1, 5000), _ => 4096 };
        GuestAddress place = _driver.Allocate(length, _random.Next(4) == 0 ? 1u : 16u);
        if (request is not null)
        {
            _driver.Memory.Write(place, request);
        }

        return new MockBuffer(place, (uint)length, writable);
    }

    private void Take()
    {
        if (Pick() is { } queue)
        {
            for (int i = 0; i < queue.Size && queue.TryTake(out _); i++)
            {
                Used++;
            }
        }
    }

    private void UseConfiguration()
    {
        Span<byte> data = _bytes.AsSpan(0, 1 << _random.Next(0, 4));
        int offset = _random.Next(0, 80);
        if (_random.Next(2) == 0)
        {
            _device.ReadConfiguration(offset, data);
        }
        else
        {
            _random.NextBytes(data);
            _device.WriteConfiguration(offset, data);
        }
    }

    private void Wish()
    {
        if (_random.Next(2) == 0)
        {
            Pick()?.AskForInterrupt();
        }
        else
        {
            Pick()?.DeclineInterrupts();
        }
    }

    private void BreakRing()
    {
        switch (Pick())
        {
            case MockSplitQueue split when _random.Next(8) == 0:
                split.SetAvailableIndex((ushort)_random.Next(65536));
                break;
            case MockSplitQueue split:
                split.WriteDescriptor(split.Table, _random.Next(split.Size), OddAddress(), OddLength(), (ushort)_random.Next(8), (ushort)_random.Next(split.Size + 2));
                break;
            case MockPackedQueue packed:
                ushort flags = (ushort)(_random.Next(8) | (_random.Next(2) == 0 ? packed.AvailableFlags : _random.Next(65536) & 0x8080));
                packed.WriteDescriptor(packed.Ring, _random.Next(packed.Size), OddAddress(), OddLength(), (ushort)_random.Next(65536), flags);
                break;
            default:
                break;
        }
    }

    private void Scribble()
    {
        ulong span = _driver.MemoryEnd.Value - MockDriver.MemoryStart;
        ulong range = _random.Next(2) == 0 ? 16384 : span - (ulong)_bytes.Length;
        _random.NextBytes(_bytes);
        _driver.Memory.Write(new GuestAddress(MockDriver.MemoryStart + (ulong)_random.NextInt64((long)range)), _bytes);
    }

    private ulong OddAddress() => _random.Next(7) switch
    {
        0 => _driver.MemoryEnd.Value - (ulong)_random.Next(0, 64),
        1 => _driver.MemoryEnd.Value + (ulong)_random.Next(0, 1 << 20),
        2 => ulong.MaxValue - (ulong)_random.Next(0, 4096),
        3 => MockDriver.MemoryStart - (ulong)_random.Next(1, 64),
        4 => 0,
        _ => MockDriver.MemoryStart + (ulong)_random.Next(0, 1 << 20),
    };

    private uint OddLength() => _random.Next(5) switch
    {
        0 => 0,
        1 => uint.MaxValue - (uint)_random.Next(0, 32),
        2 => (uint)_random.Next(1, 64),
        3 => (uint)_random.Next(1, 40) * 16,
        _ => (uint)_random.Next(1, 1 << 21),
    };
}
