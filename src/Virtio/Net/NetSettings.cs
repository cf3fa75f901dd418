namespace Virtio.Net;

/// <summary>What a network card is to its driver.</summary>
/// <param name="Name">The name for messages: "net 1".</param>
/// <param name="Mac">Its address.</param>
/// <param name="Mtu">The largest payload of a frame in bytes, told to the driver; null: the driver's choice.</param>
/// <param name="PackedQueue">Offer the packed layout.</param>
public sealed record NetSettings(string Name, MacAddress Mac, ushort? Mtu = null, bool PackedQueue = false);
