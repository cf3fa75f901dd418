namespace Virtio.Vsock;

/// <summary>How long a user-space vsock device waits for others.</summary>
/// <param name="Handshake">For a host program to send its CONNECT line; a person may be typing it.</param>
/// <param name="Connect">For a host program to accept a guest's connection when its backlog is full; Linux guests give up after as long.</param>
/// <param name="Request">For the guest to answer a connection from the host.</param>
/// <param name="Close">For the guest to answer the end of a connection with RST, as long as Linux waits for its peer.</param>
internal sealed record VsockTimes(TimeSpan Handshake, TimeSpan Connect, TimeSpan Request, TimeSpan Close)
{
    internal static VsockTimes Default { get; } =
        new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(8));
}
