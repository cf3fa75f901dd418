namespace Virtio.Vsock;

/// <summary>Packets without payload that a connection owes the guest, so that each waits once at most.</summary>
[Flags]
internal enum VsockPending
{
    None = 0,
    Request = 1,
    Response = 2,
    CreditUpdate = 4,
    CreditRequest = 8,
    Shutdown = 16,
}
