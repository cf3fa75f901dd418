using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Memory;

namespace Virtio.Queues;

/// <summary>The device's side of a virtqueue (virtio 1.3, sections 2.6 to 2.8), for one thread.</summary>
/// <remarks>
/// <para>
/// The loop of a device: <see cref="TryPop"/> until it gives nothing, <see cref="EnableNotifications"/>, again if that says so; for each buffer done,
/// in any order, <see cref="Push"/>; <see cref="Publish"/> after some of them.
/// </para>
/// <para>
/// A driver that breaks the rules (a loop, a chain too long, an address outside memory, an index that jumps) breaks the queue: the device is marked
/// as needing a reset and nothing comes out of the queue any more. Nothing is allocated but once for each buffer that is in flight at the same time.
/// </para>
/// </remarks>
public abstract class Virtqueue
{
    /// <summary>The most pieces of a chain, indirect ones included; what one readv(2) takes.</summary>
    public const int MaxSegments = 1024;

    private protected const ushort VIRTQ_DESC_F_NEXT = 1;
    private protected const ushort VIRTQ_DESC_F_WRITE = 2;
    private protected const ushort VIRTQ_DESC_F_INDIRECT = 4;
    private protected const int DescriptorSize = 16;

    private readonly DeviceActivation _activation;
    private readonly DescriptorChain?[] _free;
    private int _freeCount;
    private int _descriptorsInFlight;

    private protected Virtqueue(QueueSetup setup, DeviceActivation activation, GuestAccess access)
    {
        _activation = activation;
        Setup = setup;
        Access = access;
        HasEventIndex = activation.Has(VirtioFeatures.EventIndex);
        HasIndirect = activation.Has(VirtioFeatures.IndirectDescriptors);
        _free = new DescriptorChain?[setup.Size];
    }

    /// <summary>The queue's number.</summary>
    public int Index => Setup.Index;

    /// <summary>The number of its descriptors.</summary>
    public ushort Size => Setup.Size;

    /// <summary>The driver broke its rules; nothing comes out of it before the next reset.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Buffers that the device holds.</summary>
    public int InFlight { get; private set; }

    private protected QueueSetup Setup { get; }

    private protected GuestAccess Access { get; }

    private protected bool HasEventIndex { get; }

    private protected bool HasIndirect { get; }

    /// <summary>A buffer can be taken now.</summary>
    public bool HasNext => !IsBroken && HasAvailable();

    /// <summary>Takes the next available buffer.</summary>
    /// <param name="chain">The buffer, until <see cref="Push"/> or <see cref="Return"/>.</param>
    /// <returns>False when there is none now, or the queue is broken.</returns>
    public bool TryPop([NotNullWhen(true)] out DescriptorChain? chain)
    {
        chain = null;
        if (!HasNext)
        {
            return false;
        }

        DescriptorChain next = _freeCount > 0 ? _free[--_freeCount]! : new DescriptorChain(Access);
        next.Clear();
        string? fault = Take(next);
        if (fault is null && next.RingDescriptors > Size - _descriptorsInFlight)
        {
            fault = "more buffers are available than the queue has descriptors";
        }

        if (fault is not null)
        {
            Break(fault);
            return false;
        }

        _descriptorsInFlight += next.RingDescriptors;
        InFlight++;
        next.IsLent = true;
        chain = next;
        return true;
    }

    /// <summary>Gives a buffer back to the driver, which sees it after <see cref="Publish"/>.</summary>
    /// <param name="chain">A buffer of this queue.</param>
    /// <param name="written">Bytes written from the front of its writable part.</param>
    public void Push(DescriptorChain chain, uint written)
    {
        Release(chain);
        if (!IsBroken && !Give(chain.Id, chain.RingDescriptors, written))
        {
            Break("the used ring cannot be written: the guest took its page back");
        }
    }

    /// <summary>Puts the buffer that was taken last back, as if it had not been taken: for input that did not come.</summary>
    /// <param name="chain">The last one of <see cref="TryPop"/>, with no other taken or pushed since.</param>
    public void Return(DescriptorChain chain)
    {
        Release(chain);
        Untake(chain.RingDescriptors);
    }

    /// <summary>Shows the driver the buffers pushed since the last time, and interrupts it if it wants to be told.</summary>
    public void Publish()
    {
        if (!IsBroken && ShowUsed())
        {
            Setup.Interrupt.Signal();
        }
    }

    /// <summary>Asks the driver not to notify for now. A hint: notifications may still come.</summary>
    public abstract void DisableNotifications();

    /// <summary>Asks the driver to notify when it makes the next buffer available.</summary>
    /// <returns>True when one has become available meanwhile, for which no notification may come.</returns>
    public bool EnableNotifications()
    {
        if (IsBroken || !AskForNotification())
        {
            return false;
        }

        // The driver stores its index, fences, and looks at what was asked for; we store that, fence, and look at its index. Without the fence our
        // load could be older than our store, and both sides would sleep.
        GuestMemoryAtomics.FullFence();
        return HasAvailable();
    }

    /// <summary>Gives the queue up: the device needs a reset.</summary>
    /// <param name="reason">What the driver did.</param>
    public void Break(string reason)
    {
        if (!IsBroken)
        {
            IsBroken = true;
            _activation.Fail($"queue {Index}: {reason}");
        }
    }

    /// <summary>Whether a buffer is available, read with acquire order so that its descriptors are not older.</summary>
    private protected abstract bool HasAvailable();

    /// <summary>Reads the next available buffer into a chain and moves past it.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    private protected abstract string? Take(DescriptorChain chain);

    private protected abstract void Untake(int descriptors);

    private protected abstract bool Give(ushort id, int descriptors, uint written);

    /// <summary>Publishes what was given.</summary>
    /// <returns>Whether the driver wants an interrupt.</returns>
    private protected abstract bool ShowUsed();

    private protected abstract bool AskForNotification();

    /// <summary>Whether an index that the driver asked to be told of was passed (vring_need_event of the specification).</summary>
    private protected static bool IsPassed(ushort wanted, ushort now, ushort before) => (ushort)(now - wanted - 1) < (ushort)(now - before);

    private void Release(DescriptorChain chain)
    {
        if (!chain.IsLent)
        {
            throw new InvalidOperationException($"queue {Index}: buffer {chain.Id} was given back twice");
        }

        chain.IsLent = false;
        InFlight--;
        _descriptorsInFlight -= chain.RingDescriptors;
        _free[_freeCount++] = chain;
    }
}
