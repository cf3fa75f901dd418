using Kvm.Interop.Events;

namespace Virtio.Tests.Drivers;

/// <summary>A queue's interrupt as an eventfd that the test reads.</summary>
internal sealed class MockInterrupt : IQueueInterrupt, IDisposable
{
    public EventFd Trigger { get; } = new("test interrupt");

    public void Signal() => Trigger.Signal();

    public void Dispose() => Trigger.Dispose();
}
