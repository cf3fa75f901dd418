namespace Virtio;

/// <summary>What a device has moved. In: to the guest (blocks read, packets received). Out: from the guest.</summary>
/// <param name="InOperations">Requests or packets to the guest.</param>
/// <param name="InBytes">Their bytes, without headers.</param>
/// <param name="OutOperations">Requests or packets from the guest.</param>
/// <param name="OutBytes">Their bytes, without headers.</param>
public readonly record struct DeviceCounters(long InOperations, long InBytes, long OutOperations, long OutBytes)
{
    /// <summary>Of two devices together.</summary>
    public static DeviceCounters operator +(DeviceCounters a, DeviceCounters b) => Add(a, b);

    /// <summary>Of two devices together.</summary>
    public static DeviceCounters Add(DeviceCounters a, DeviceCounters b) =>
        new(a.InOperations + b.InOperations, a.InBytes + b.InBytes, a.OutOperations + b.OutOperations, a.OutBytes + b.OutBytes);
}
