using Virtio.Queues;

namespace Virtio.Net;

/// <summary>The commands of the control queue (virtio 1.3, section 5.1.6.5).</summary>
/// <remarks>
/// Receive modes and address tables are accepted and change nothing: what reaches a tap is the host's choice, and filtering is left to the driver
/// ("best-effort", sections 5.1.6.5.1 and 5.1.6.5.2).
/// </remarks>
internal static class NetControl
{
    private const uint DataOffset = 2; // behind class and command

    /// <summary>What the commands act on.</summary>
    internal interface ITarget
    {
        /// <summary>Whether the driver accepted a feature, by its bit.</summary>
        bool Has(int feature);

        /// <summary>Changes the address.</summary>
        void SetMac(MacAddress mac);

        /// <summary>Serves so many pairs of queues from now on.</summary>
        /// <returns>False for a number that cannot be.</returns>
        bool SetPairs(int pairs);

        /// <summary>Sends only such frames to the driver from now on.</summary>
        /// <returns>False for features that were not accepted.</returns>
        bool SetOffloads(ulong offloads);
    }

    /// <summary>Obeys one command.</summary>
    /// <param name="command">Its readable part: class, command, data.</param>
    /// <param name="target">The device.</param>
    /// <returns>The acknowledgement: VIRTIO_NET_OK or VIRTIO_NET_ERR.</returns>
    internal static byte Execute(DescriptorChain command, ITarget target)
    {
        bool done = command.TryRead(0, out ushort head) && ((byte)head, (byte)(head >> 8)) switch
        {
            (VirtioNet.VIRTIO_NET_CTRL_RX, <= VirtioNet.VIRTIO_NET_CTRL_RX_NOBCAST and var mode) =>
                target.Has(mode > 1 ? VirtioNet.VIRTIO_NET_F_CTRL_RX_EXTRA : VirtioNet.VIRTIO_NET_F_CTRL_RX)
                && command.TryRead(DataOffset, out byte _),
            (VirtioNet.VIRTIO_NET_CTRL_MAC, VirtioNet.VIRTIO_NET_CTRL_MAC_TABLE_SET) =>
                target.Has(VirtioNet.VIRTIO_NET_F_CTRL_RX) && HasTables(command),
            (VirtioNet.VIRTIO_NET_CTRL_MAC, VirtioNet.VIRTIO_NET_CTRL_MAC_ADDR_SET) =>
                target.Has(VirtioNet.VIRTIO_NET_F_CTRL_MAC_ADDR) && SetMac(command, target),
            (VirtioNet.VIRTIO_NET_CTRL_MQ, VirtioNet.VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET) =>
                target.Has(VirtioNet.VIRTIO_NET_F_MQ) && command.TryRead(DataOffset, out ushort pairs) && target.SetPairs(pairs),
            (VirtioNet.VIRTIO_NET_CTRL_GUEST_OFFLOADS, VirtioNet.VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET) =>
                target.Has(VirtioNet.VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)
                && command.TryRead(DataOffset, out ulong offloads) && target.SetOffloads(offloads),
            _ => false,
        };
        return done ? VirtioNet.VIRTIO_NET_OK : VirtioNet.VIRTIO_NET_ERR;
    }

    /// <summary>Whether the two tables are there in the length that they say: a count and so many addresses, twice.</summary>
    private static bool HasTables(DescriptorChain command)
    {
        ulong offset = DataOffset;
        for (int table = 0; table < 2; table++)
        {
            if (offset > command.ReadableLength || !command.TryRead((uint)offset, out uint count))
            {
                return false;
            }

            offset += sizeof(uint) + ((ulong)count * MacAddress.Length);
        }

        return offset <= command.ReadableLength;
    }

    private static bool SetMac(DescriptorChain command, ITarget target)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Length];
        if (!command.TryRead(DataOffset, bytes))
        {
            return false;
        }

        target.SetMac(MacAddress.Read(bytes));
        return true;
    }
}
