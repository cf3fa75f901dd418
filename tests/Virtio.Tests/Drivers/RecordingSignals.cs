using System.Collections.Concurrent;

namespace Virtio.Tests.Drivers;

/// <summary>Remembers what a device told its driver beside the queues.</summary>
internal sealed class RecordingSignals : IDeviceSignals
{
    private int _configurationChanges;

    /// <summary>How often the configuration changed.</summary>
    internal int ConfigurationChanges => Volatile.Read(ref _configurationChanges);

    /// <summary>Why the device needs a reset, in order; empty while it does not.</summary>
    internal ConcurrentQueue<string> Faults { get; } = new();

    public void ConfigurationChanged() => Interlocked.Increment(ref _configurationChanges);

    public void NeedsReset(string reason) => Faults.Enqueue(reason);
}
