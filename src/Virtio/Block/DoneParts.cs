using System.Diagnostics.CodeAnalysis;
using Kvm.Interop.Events;

namespace Virtio.Block;

/// <summary>Parts that other threads have done, for the block thread to take.</summary>
/// <param name="wake">Signalled when there is something anew.</param>
internal sealed class DoneParts(EventFd wake)
{
    private readonly Lock _gate = new();
    private readonly LinkedRow<BlockPart> _done = new();

    /// <summary>Nothing is there to be taken. What is added later is signalled after this was asked.</summary>
    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _done.IsEmpty;
            }
        }
    }

    /// <summary>Hands over what is in a row, which is empty then.</summary>
    internal void Add(LinkedRow<BlockPart> parts)
    {
        bool first;
        lock (_gate)
        {
            first = _done.IsEmpty;
            while (parts.TryTake(out BlockPart? part))
            {
                _done.Add(part);
            }
        }

        if (first)
        {
            wake.Signal();
        }
    }

    /// <summary>Takes a part.</summary>
    internal bool TryTake([NotNullWhen(true)] out BlockPart? part)
    {
        lock (_gate)
        {
            return _done.TryTake(out part);
        }
    }
}
