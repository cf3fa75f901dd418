using System.Collections.Immutable;

namespace Virtio;

/// <summary>What a transport drives: a device's type, features, configuration and life between two resets.</summary>
/// <remarks>
/// <para>
/// All calls come from vCPU threads, so none may block. <see cref="Activate"/> and <see cref="Reset"/> alternate, and the transport makes no call
/// before the one that went before has returned; configuration is read and written at any time by several threads at once.
/// </para>
/// <para>
/// A device never ends the process for what a guest wrote: a queue that breaks the rules ends in <see cref="DeviceActivation.Fail"/>, a request
/// that does ends with the device's error status, and neither touches other devices.
/// </para>
/// </remarks>
public interface IVirtioDevice : IDisposable
{
    /// <summary>The device's ID.</summary>
    VirtioDeviceType DeviceType { get; }

    /// <summary>The name for messages: "block vda", "vsock".</summary>
    string Name { get; }

    /// <summary>
    /// The features it offers: its own bits, and of <see cref="VirtioFeatures"/> those its queues understand. The transport adds
    /// <see cref="VirtioFeatures.Version1"/> and, where the machine asks for it, <see cref="VirtioFeatures.AccessPlatform"/>.
    /// </summary>
    ulong Features { get; }

    /// <summary>The largest size of each queue, in the order of their numbers; powers of two.</summary>
    ImmutableArray<ushort> QueueSizes { get; }

    /// <summary>A load from the device's configuration; bytes beyond its end read as 0. Every byte of <paramref name="data"/> is written.</summary>
    void ReadConfiguration(int offset, Span<byte> data);

    /// <summary>A store to the device's configuration.</summary>
    void WriteConfiguration(int offset, ReadOnlySpan<byte> data);

    /// <summary>The driver has set DRIVER_OK: from here on the device serves its queues.</summary>
    /// <param name="activation">What was negotiated; it is frozen.</param>
    void Activate(DeviceActivation activation);

    /// <summary>The driver has reset the device, or the machine ends.</summary>
    /// <param name="done">
    /// Called once, on any thread, when the device no longer touches its queues and guest memory, requests that were in flight included. Until then
    /// the driver reads the old status.
    /// </param>
    void Reset(Action done);
}
