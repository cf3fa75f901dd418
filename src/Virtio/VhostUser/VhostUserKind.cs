using System.Buffers.Binary;
using System.Text;
using Virtio.Net;

namespace Virtio.VhostUser;

/// <summary>What the front end must know of a type of device: its queues, the size of its configuration, and the features it can pass on.</summary>
public abstract class VhostUserKind
{
    /// <summary>The most queues that a device gets.</summary>
    public const int MaxQueues = 64;

    private VhostUserKind(VirtioDeviceType type, int configurationSize)
    {
        Type = type;
        ConfigurationSize = configurationSize;
    }

    /// <summary>The device's ID.</summary>
    public VirtioDeviceType Type { get; }

    /// <summary>Bytes of configuration to ask the back end for.</summary>
    internal int ConfigurationSize { get; }

    /// <summary>The configuration where the back end has none to give; null: it must have one.</summary>
    internal virtual byte[]? OwnConfiguration => null;

    /// <summary><see cref="OwnConfiguration"/> counts even where the back end has one to give.</summary>
    internal virtual bool PrefersOwn => false;

    /// <summary>A disk.</summary>
    public static VhostUserKind Block { get; } = new BlockKind();

    /// <summary>A console, with several ports if the back end has them.</summary>
    public static VhostUserKind Console { get; } = new ConsoleKind();

    /// <summary>A socket device.</summary>
    public static VhostUserKind Vsock { get; } = new PlainKind(VirtioDeviceType.Vsock, configurationSize: 8, queues: 3);

    /// <summary>A sound card.</summary>
    public static VhostUserKind Sound { get; } = new PlainKind(VirtioDeviceType.Sound, configurationSize: 12, queues: 4);

    /// <summary>A network card.</summary>
    /// <param name="mac">Its address where the back end names none.</param>
    public static VhostUserKind Net(MacAddress mac) => new NetKind(mac);

    /// <summary>A shared folder.</summary>
    /// <param name="tag">The name to mount it by, at most 36 bytes; null: the back end names it.</param>
    public static VhostUserKind Fs(string? tag) => new FsKind(tag);

    /// <summary>Leaves out of the offered features those that cannot be passed on.</summary>
    /// <param name="offered">The back end's.</param>
    /// <param name="own">The configuration is <see cref="OwnConfiguration"/>.</param>
    internal virtual ulong Filter(ulong offered, bool own) => offered;

    /// <summary>How many queues the device has.</summary>
    internal abstract int CountQueues(ulong features, ReadOnlySpan<byte> configuration);

    /// <summary>Changes an own configuration so that it tells the driver that the back end is gone.</summary>
    /// <returns>False where it cannot.</returns>
    internal virtual bool ShowLoss(ulong features, Span<byte> configuration) => false;

    private static ulong Bit(int feature) => 1UL << feature;

    private sealed class PlainKind(VirtioDeviceType type, int configurationSize, int queues) : VhostUserKind(type, configurationSize)
    {
        internal override byte[]? OwnConfiguration => ConfigurationSize == 0 ? [] : null;

        internal override int CountQueues(ulong features, ReadOnlySpan<byte> configuration) => queues;
    }

    /// <summary><c>struct virtio_blk_config</c> up to the write-zeroes fields (section 5.2.4).</summary>
    private sealed class BlockKind() : VhostUserKind(VirtioDeviceType.Block, 60)
    {
        private const int VIRTIO_BLK_F_MQ = 12;
        private const int QueueCountOffset = 34;

        internal override int CountQueues(ulong features, ReadOnlySpan<byte> configuration) =>
            (features & Bit(VIRTIO_BLK_F_MQ)) != 0 ? BinaryPrimitives.ReadUInt16LittleEndian(configuration[QueueCountOffset..]) : 1;
    }

    /// <summary><c>struct virtio_console_config</c> (section 5.3.4).</summary>
    private sealed class ConsoleKind() : VhostUserKind(VirtioDeviceType.Console, 12)
    {
        private const int VIRTIO_CONSOLE_F_MULTIPORT = 1;
        private const int PortCountOffset = 4;

        internal override byte[]? OwnConfiguration => new byte[ConfigurationSize];

        internal override ulong Filter(ulong offered, bool own) => own ? 0 : offered;

        internal override int CountQueues(ulong features, ReadOnlySpan<byte> configuration)
        {
            if ((features & Bit(VIRTIO_CONSOLE_F_MULTIPORT)) == 0)
            {
                return 2;
            }

            uint ports = BinaryPrimitives.ReadUInt32LittleEndian(configuration[PortCountOffset..]);
            return ports < MaxQueues ? 2 + (2 * (int)ports) : int.MaxValue;
        }
    }

    /// <summary><c>struct virtio_net_config</c> up to the MTU (section 5.1.4).</summary>
    private sealed class NetKind(MacAddress mac) : VhostUserKind(VirtioDeviceType.Net, 12)
    {
        private const ulong OfControlQueue = (1UL << VirtioNet.VIRTIO_NET_F_CTRL_VQ) | (1UL << VirtioNet.VIRTIO_NET_F_CTRL_RX)
            | (1UL << VirtioNet.VIRTIO_NET_F_CTRL_RX_EXTRA) | (1UL << VirtioNet.VIRTIO_NET_F_CTRL_MAC_ADDR) | (1UL << VirtioNet.VIRTIO_NET_F_MQ)
            | (1UL << VirtioNet.VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) | (1UL << 19) | (1UL << 21) | (1UL << VirtioNet.VIRTIO_NET_F_MTU);

        private const int StatusOffset = 6;

        internal override byte[]? OwnConfiguration
        {
            get
            {
                byte[] bytes = new byte[ConfigurationSize];
                mac.Write(bytes);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(StatusOffset), VirtioNet.VIRTIO_NET_S_LINK_UP);
                return bytes;
            }
        }

        internal override ulong Filter(ulong offered, bool own) =>
            own ? (offered & ~OfControlQueue) | Bit(VirtioNet.VIRTIO_NET_F_MAC) | Bit(VirtioNet.VIRTIO_NET_F_STATUS) : offered;

        internal override int CountQueues(ulong features, ReadOnlySpan<byte> configuration)
        {
            int pairs = (features & Bit(VirtioNet.VIRTIO_NET_F_MQ)) != 0 ? BinaryPrimitives.ReadUInt16LittleEndian(configuration[8..]) : 1;
            return (2 * pairs) + ((features & Bit(VirtioNet.VIRTIO_NET_F_CTRL_VQ)) != 0 ? 1 : 0);
        }

        internal override bool ShowLoss(ulong features, Span<byte> configuration)
        {
            configuration[StatusOffset..][..sizeof(ushort)].Clear();
            return (features & Bit(VirtioNet.VIRTIO_NET_F_STATUS)) != 0;
        }
    }

    /// <summary><c>struct virtio_fs_config</c> (section 5.11.4): the tag, then the number of request queues.</summary>
    private sealed class FsKind(string? tag) : VhostUserKind(VirtioDeviceType.Fs, 40)
    {
        private const int VIRTIO_FS_F_NOTIFICATION = 0;
        private const int QueueCountOffset = 36;

        internal override byte[]? OwnConfiguration
        {
            get
            {
                if (tag is null)
                {
                    return null;
                }

                byte[] bytes = new byte[ConfigurationSize];
                Encoding.UTF8.GetBytes(tag, bytes.AsSpan(0, QueueCountOffset));
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(QueueCountOffset), 1);
                return bytes;
            }
        }

        internal override bool PrefersOwn => tag is not null;

        internal override ulong Filter(ulong offered, bool own) => offered & ~Bit(VIRTIO_FS_F_NOTIFICATION);

        internal override int CountQueues(ulong features, ReadOnlySpan<byte> configuration)
        {
            // One queue for what must not wait, and at least one for requests.
            uint requests = BinaryPrimitives.ReadUInt32LittleEndian(configuration[QueueCountOffset..]);
            return requests < MaxQueues ? 1 + Math.Max(1, (int)requests) : int.MaxValue;
        }
    }
}
