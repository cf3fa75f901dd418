namespace Virtio;

/// <summary>What a device tells its driver beside its queues. From any thread; nothing blocks.</summary>
public interface IDeviceSignals
{
    /// <summary>The configuration has changed: a new generation and an interrupt.</summary>
    void ConfigurationChanged();

    /// <summary>The device cannot go on before a reset (DEVICE_NEEDS_RESET); logged once between two resets.</summary>
    /// <param name="reason">What went wrong, in one line.</param>
    void NeedsReset(string reason);
}
