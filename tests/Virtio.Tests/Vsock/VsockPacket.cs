using Virtio.Vsock;

namespace Virtio.Tests.Vsock;

/// <summary>A packet that the guest got.</summary>
internal sealed record VsockPacket(VsockHeader Header, byte[] Payload)
{
    internal ushort Operation => Header.Operation;

    /// <summary>The guest's port.</summary>
    internal uint GuestPort => Header.DestinationPort;

    internal uint HostPort => Header.SourcePort;
}
