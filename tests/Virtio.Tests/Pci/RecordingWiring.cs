using Kvm.Interop.Events;
using Virtio.Pci;

namespace Virtio.Tests.Pci;

/// <summary>Wires events as KVM does, but into lists.</summary>
internal sealed class RecordingWiring : IPciWiring
{
    private readonly List<(ulong Address, uint Data)> _told = [];
    private List<(ulong Address, uint Data)> _inForce = [];

    /// <summary>The eventfds that stores signal, by address.</summary>
    public Dictionary<ulong, EventFd> Kicks { get; } = [];

    /// <summary>The irqfds.</summary>
    public Dictionary<EventFd, uint> Interrupts { get; } = [];

    /// <summary>Messages that were sent.</summary>
    public List<(ulong Address, uint Data)> Sent { get; } = [];

    /// <summary>Refuse every connection, as a kernel without memory does.</summary>
    public bool Refuses { get; set; }

    public bool ConnectKick(EventFd kick, ulong address) => !Refuses && Kicks.TryAdd(address, kick);

    public void DisconnectKick(EventFd kick, ulong address)
    {
        Assert.Same(kick, Kicks[address]);
        Kicks.Remove(address);
    }

    public uint AddMessage()
    {
        _told.Add(default);
        return (uint)_told.Count - 1;
    }

    public void SetMessage(uint message, ulong address, uint data) => _told[(int)message] = (address, data);

    public void CommitMessages() => _inForce = [.. _told];

    public bool ConnectInterrupt(EventFd trigger, uint message)
    {
        if (Refuses)
        {
            return false;
        }

        Interrupts.Add(trigger, message);
        if (trigger.WaitReadable(0))
        {
            // KVM looks at the eventfd when it is connected, and leaves the count as it is.
            Sent.Add(_inForce[(int)message]);
        }

        return true;
    }

    public void DisconnectInterrupt(EventFd trigger, uint message)
    {
        Deliver();
        Assert.Equal(message, Interrupts[trigger]);
        Interrupts.Remove(trigger);
    }

    /// <summary>Takes the signals since the last time, as KVM takes them at once.</summary>
    /// <returns>All messages so far.</returns>
    public List<(ulong Address, uint Data)> Deliver()
    {
        foreach ((EventFd trigger, uint message) in Interrupts)
        {
            if (trigger.TryConsume())
            {
                Sent.Add(_inForce[(int)message]);
            }
        }

        return Sent;
    }
}
