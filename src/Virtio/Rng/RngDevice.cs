using System.Collections.Immutable;
using Kvm.Interop.Events;
using Kvm.Interop.Processes;
using Virtio.Queues;

namespace Virtio.Rng;

/// <summary>An entropy source (virtio 1.3, section 5.4): buffers come back filled from the kernel's random number generator.</summary>
/// <remarks>A buffer longer than the limit comes back filled in part, which the specification allows; so no buffer holds up the other devices.</remarks>
/// <param name="loop">Does the work.</param>
public sealed class RngDevice(EventLoop loop) : LoopDevice(loop)
{
    private const ushort QueueSize = 256;

    /// <summary>The most bytes of one buffer that are filled.</summary>
    internal const int MaxBytesPerBuffer = 64 * 1024;

    private const int BuffersPerTurn = 16;

    private readonly byte[] _piece = new byte[4096];

    /// <inheritdoc/>
    public override VirtioDeviceType DeviceType => VirtioDeviceType.Rng;

    /// <inheritdoc/>
    public override string Name => "rng";

    /// <inheritdoc/>
    public override ulong Features => VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex;

    /// <inheritdoc/>
    public override ImmutableArray<ushort> QueueSizes { get; } = [QueueSize];

    /// <inheritdoc/>
    protected override bool OnNotified(Virtqueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        queue.DisableNotifications();
        int served = 0;
        do
        {
            while (queue.TryPop(out DescriptorChain? chain))
            {
                queue.Push(chain, Fill(chain));
                if (++served == BuffersPerTurn)
                {
                    queue.Publish();
                    return true;
                }
            }
        }
        while (queue.EnableNotifications());
        queue.Publish();
        return false;
    }

    private uint Fill(DescriptorChain chain)
    {
        uint wanted = Math.Min(chain.WritableLength, MaxBytesPerBuffer);
        uint filled = 0;
        while (filled < wanted)
        {
            Span<byte> piece = _piece.AsSpan(0, (int)Math.Min(wanted - filled, (uint)_piece.Length));
            KernelRandom.Fill(piece);
            if (!chain.TryWrite(filled, piece))
            {
                break;
            }

            filled += (uint)piece.Length;
        }

        return filled;
    }
}
