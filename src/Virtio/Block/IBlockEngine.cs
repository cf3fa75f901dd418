using Kvm.Interop.Events;

namespace Virtio.Block;

/// <summary>How the block thread reaches the kernel; for that thread alone, but for construction.</summary>
internal interface IBlockEngine : IDisposable
{
    /// <summary>For the log: "io_uring", "threads".</summary>
    string Name { get; }

    /// <summary>Parts were started that the kernel does not know of before <see cref="Wait"/>.</summary>
    bool HasUnsubmitted { get; }

    /// <summary>Called first of all, on the thread.</summary>
    void Start();

    /// <summary>Watches a descriptor: <see cref="IBlockEvents.OnSignalled"/> after each signal. What was signalled before counts too.</summary>
    /// <returns>The watch's number.</returns>
    int Watch(EventFd descriptor);

    /// <summary>Ends a watch; <see cref="IBlockEvents.OnUnwatched"/> follows, perhaps before this returns.</summary>
    void Unwatch(int watch);

    /// <summary>Starts a part of a kind that concerns a file.</summary>
    /// <returns>False when it cannot now: a worker can.</returns>
    bool TryStart(BlockPart part);

    /// <summary>Submits what was started, perhaps waits, and tells what happened.</summary>
    /// <param name="block">Wait until there is something to tell.</param>
    /// <param name="events">Told.</param>
    void Wait(bool block, IBlockEvents events);
}
