using Kvm.Interop.Events;

namespace Virtio.Pci;

/// <summary>The notifications of a function's queues: an eventfd each, signalled by the kernel while the device is active. Under the function's lock.</summary>
internal sealed class Doorbells : IDisposable
{
    private readonly IPciWiring _wiring;
    private readonly EventFd[] _kicks;
    private readonly ulong[] _connectedAt;

    internal Doorbells(string name, int queues, IPciWiring wiring)
    {
        _wiring = wiring;
        _kicks = [.. Enumerable.Range(0, queues).Select(i => new EventFd($"{name} queue {i} kick"))];
        _connectedAt = new ulong[queues];
        Array.Fill(_connectedAt, PciConfigurationSpace.Unmapped);
    }

    /// <summary>A queue's eventfd.</summary>
    internal EventFd Kick(int queue) => _kicks[queue];

    /// <summary>Has the kernel signal where the region lies now.</summary>
    /// <param name="bar">The region's address; <see cref="PciConfigurationSpace.Unmapped"/> to leave all stores to user space.</param>
    internal void Connect(ulong bar)
    {
        for (int i = 0; i < _kicks.Length; i++)
        {
            ulong address = bar == PciConfigurationSpace.Unmapped
                ? bar
                : bar + VirtioPciLayout.Notifications + ((ulong)i * VirtioPciLayout.NotifyMultiplier);
            if (_connectedAt[i] == address)
            {
                continue;
            }

            if (_connectedAt[i] != PciConfigurationSpace.Unmapped)
            {
                _wiring.DisconnectKick(_kicks[i], _connectedAt[i]);
                _connectedAt[i] = PciConfigurationSpace.Unmapped;
            }

            if (address != PciConfigurationSpace.Unmapped && _wiring.ConnectKick(_kicks[i], address))
            {
                _connectedAt[i] = address;
            }
        }
    }

    /// <summary>A store to the notifications that came to user space.</summary>
    /// <param name="offset">From their beginning.</param>
    internal void Ring(int offset)
    {
        int queue = offset / VirtioPciLayout.NotifyMultiplier;
        if (offset % VirtioPciLayout.NotifyMultiplier == 0 && queue < _kicks.Length)
        {
            _kicks[queue].Signal();
        }
    }

    /// <summary>Forgets notifications that nobody has taken.</summary>
    internal void Drain()
    {
        foreach (EventFd kick in _kicks)
        {
            kick.TryConsume();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Connect(PciConfigurationSpace.Unmapped);
        foreach (EventFd kick in _kicks)
        {
            kick.Dispose();
        }
    }
}
