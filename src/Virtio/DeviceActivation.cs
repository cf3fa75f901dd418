using System.Collections.Immutable;
using Kvm.Interop.Memory;

namespace Virtio;

/// <summary>What driver and device agreed on at DRIVER_OK: features and queues, checked once and frozen until the next reset.</summary>
/// <param name="Memory">The guest's memory.</param>
/// <param name="IsProtected">Guest pages may be private, so each access must be one that can fail (see <see cref="BounceBuffer"/>).</param>
/// <param name="Features">The accepted features.</param>
/// <param name="Queues">The queues by number; null for one that the driver did not enable.</param>
/// <param name="Signals">What the device tells the driver beside its queues.</param>
public sealed record DeviceActivation(
    GuestMemory Memory, bool IsProtected, ulong Features, ImmutableArray<QueueSetup?> Queues, IDeviceSignals Signals)
{
    /// <summary>Whether the driver accepted a feature.</summary>
    /// <param name="feature">A mask of one bit or of several that are all asked for.</param>
    public bool Has(ulong feature) => (Features & feature) == feature;

    /// <summary>Gives the device up until its next reset: DEVICE_NEEDS_RESET and a change of configuration are shown to the driver.</summary>
    /// <param name="reason">What the driver did, for the log.</param>
    public void Fail(string reason) => Signals.NeedsReset(reason);
}
