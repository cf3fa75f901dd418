using Virtio;

namespace Vmm.Listing;

/// <summary>What devices move in a second. In: to the guest.</summary>
internal sealed record VmRate(double InOperations, double InBytes, double OutOperations, double OutBytes)
{
    /// <summary>Of two readings; null where the later one has no such device.</summary>
    public static VmRate? Between(DeviceCounters? before, DeviceCounters? after, double seconds)
    {
        if (after is not { } now)
        {
            return null;
        }

        var then = before ?? default;
        double Rate(long from, long to) => seconds > 0 ? Math.Max(0, to - from) / seconds : 0;
        return new VmRate(
            Rate(then.InOperations, now.InOperations),
            Rate(then.InBytes, now.InBytes),
            Rate(then.OutOperations, now.OutOperations),
            Rate(then.OutBytes, now.OutBytes));
    }
}
