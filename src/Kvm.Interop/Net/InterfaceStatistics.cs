namespace Kvm.Interop.Net;

/// <summary>What an interface of the host has moved, as the host sees it.</summary>
/// <param name="ReceivedPackets">Packets that came in: of a tap, from its user.</param>
/// <param name="ReceivedBytes">Their bytes.</param>
/// <param name="SentPackets">Packets that went out: of a tap, to its user.</param>
/// <param name="SentBytes">Their bytes.</param>
public readonly record struct InterfaceStatistics(long ReceivedPackets, long ReceivedBytes, long SentPackets, long SentBytes);
