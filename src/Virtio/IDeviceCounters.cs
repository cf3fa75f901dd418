namespace Virtio;

/// <summary>A device that counts what it moves, for those who watch a machine while it runs.</summary>
public interface IDeviceCounters
{
    /// <summary>
    /// The totals since the machine was made. From any thread: the numbers are read one by one while the device goes on, so they may be some
    /// operations apart from each other.
    /// </summary>
    DeviceCounters Counters { get; }
}
