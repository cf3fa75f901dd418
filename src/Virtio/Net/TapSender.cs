using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Net;
using Virtio.Queues;

namespace Virtio.Net;

/// <summary>From a transmit queue to a tap. A frame goes to the kernel straight from the driver's buffers.</summary>
internal sealed class TapSender(TapQueue tap, Virtqueue queue)
{
    private const int Batch = 128;

    private readonly IoVector[] _vectors = new IoVector[Virtqueue.MaxSegments];

    /// <summary>Moves frames until there is none, the tap is full, or others should have their turn.</summary>
    /// <param name="error">The last error number of a frame that was not sent: EAGAIN when it waits in the queue; others were dropped. 0: none.</param>
    /// <returns>Whether there is more to send.</returns>
    internal bool Send(out int error)
    {
        error = 0;
        queue.DisableNotifications();
        for (int i = 0; i < Batch; i++)
        {
            if (!queue.TryPop(out DescriptorChain? chain))
            {
                // Published first: the driver may wait for these before it sends more.
                queue.Publish();
                return queue.EnableNotifications();
            }

            int result = Send(chain);
            if (result == -Errno.EAGAIN)
            {
                queue.Return(chain);
                queue.Publish();
                error = Errno.EAGAIN;
                return false;
            }

            queue.Push(chain, 0);
            error = result < 0 ? -result : error;
        }

        queue.Publish();
        return true;
    }

    private int Send(DescriptorChain chain)
    {
        uint length = chain.ReadableLength;
        if (length is < VirtioNet.MinFrameSize or > VirtioNet.MaxFrameSize)
        {
            return -Errno.EINVAL;
        }

        int count = chain.GetReadable(0, length, _vectors);
        return tap.Send(_vectors.AsSpan(0, count));
    }
}
