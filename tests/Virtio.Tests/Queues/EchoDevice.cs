using System.Collections.Immutable;
using Kvm.Interop.Events;
using Virtio.Queues;

namespace Virtio.Tests.Queues;

/// <summary>Copies what it reads from a buffer into what it may write of it: the smallest device that uses a queue in full.</summary>
internal sealed class EchoDevice(EventLoop loop, ushort size = 256) : LoopDevice(loop)
{
    private readonly byte[] _bytes = new byte[4096];

    public override VirtioDeviceType DeviceType => VirtioDeviceType.Rng;

    public override string Name => "echo";

    public override ulong Features => VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors | VirtioFeatures.PackedRing;

    public override ImmutableArray<ushort> QueueSizes { get; } = [size, size];

    /// <summary>Hold every buffer that comes, until <see cref="GiveBack"/>.</summary>
    internal bool Holds { get; set; }

    /// <summary>Take each buffer, put it back once, and take it again.</summary>
    internal bool Hesitates { get; set; }

    internal List<DescriptorChain> Held { get; } = [];

    /// <summary>Bytes that serving has allocated on the loop's thread, but the lists of <see cref="Holds"/>.</summary>
    internal long Allocated { get; private set; }

    /// <summary>Gives the held buffers back in the order of a permutation. On the loop's thread, or while it does not run.</summary>
    internal void GiveBack(Func<int, int> order)
    {
        DescriptorChain[] held = [.. Held.Select((_, i) => Held[order(i)])];
        Held.Clear();
        foreach (DescriptorChain chain in held)
        {
            Queues[0]!.Push(chain, Echo(chain));
        }

        Queues[0]!.Publish();
    }

    protected override bool OnNotified(Virtqueue queue)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        queue.DisableNotifications();
        do
        {
            while (queue.TryPop(out DescriptorChain? chain))
            {
                if (Hesitates)
                {
                    queue.Return(chain);
                    Assert.True(queue.TryPop(out chain));
                }

                if (Holds)
                {
                    Held.Add(chain);
                    continue;
                }

                queue.Push(chain, Echo(chain));
            }

            queue.Publish();
        }
        while (queue.EnableNotifications());
        Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        return false;
    }

    protected override void OnReset() => Held.Clear();

    private uint Echo(DescriptorChain chain)
    {
        uint done = 0;
        uint length = Math.Min(chain.ReadableLength, chain.WritableLength);
        while (done < length)
        {
            Span<byte> bytes = _bytes.AsSpan(0, (int)Math.Min(length - done, (uint)_bytes.Length));
            if (!chain.TryRead(done, bytes) || !chain.TryWrite(done, bytes))
            {
                return done;
            }

            done += (uint)bytes.Length;
        }

        return done;
    }
}
