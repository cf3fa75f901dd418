using System.Text;
using Virtio.Vsock;
using Vmm.Outcome;

namespace Vmm.Configuration;

/// <summary>The rules of <c>--vsock</c>.</summary>
internal static class VsockCheck
{
    /// <summary>The longest path of a Unix socket, 107 bytes, less the longest ending: <c>_</c> and a port of ten digits.</summary>
    private const int MaxSocketPath = 107 - 11;

    /// <exception cref="InvalidOptionException">The first fault.</exception>
    public static void Check(VsockConfig? vsock)
    {
        if (vsock is null)
        {
            return;
        }

        if (!VsockAddress.IsGuestCid(vsock.Cid))
        {
            throw new InvalidOptionException(
                $"{vsock.Option}: a guest cannot have CID {vsock.Cid}; {VsockAddress.FirstGuestCid} to {VsockAddress.LastGuestCid} are possible");
        }

        if (vsock is { SocketPath: not null, DevicePath: not null })
        {
            throw new InvalidOptionException($"{vsock.Option}: device= and uds= exclude each other: either the kernel serves the connections or vmm does");
        }

        if (vsock is { CapturePath: not null, SocketPath: null })
        {
            throw new InvalidOptionException(
                $"{vsock.Option}: pcap= goes with uds=; what the kernel serves is captured on the host: ip link add type vsockmon, tshark -i vsockmon0");
        }

        if (vsock.SocketPath is { } path && Encoding.UTF8.GetByteCount(path) > MaxSocketPath)
        {
            throw new InvalidOptionException(
                $"{vsock.Option}: uds={path} has {Encoding.UTF8.GetByteCount(path)} bytes; at most {MaxSocketPath} are possible, for a port is added to it");
        }
    }
}
