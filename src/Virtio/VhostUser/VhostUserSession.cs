using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Kvm.Interop.Sockets;

namespace Virtio.VhostUser;

/// <summary>A back end that has been agreed with: what it offers, and the order of requests that starts and stops its rings.</summary>
internal sealed unsafe class VhostUserSession : IDisposable
{
    // Of the bits that belong to no type of device, those that need nothing of the front end; VIRTIO_F_VERSION_1 is the transport's to offer.
    private const ulong CommonBits = VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex | VirtioFeatures.PackedRing;
    private const ulong DeviceBits = ((1UL << 24) - 1) | ~((1UL << 50) - 1);

    private const ulong WantedProtocol = (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_MQ)
        | (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_REPLY_ACK)
        | (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_BACKEND_REQ)
        | (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_CONFIG)
        | (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_RESET_DEVICE)
        | (1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_STATUS);

    // The device status of section 2.1: ACKNOWLEDGE and DRIVER, then FEATURES_OK, then DRIVER_OK.
    private const ulong StatusFeaturesOk = 1 | 2 | 8;
    private const ulong StatusDriverOk = StatusFeaturesOk | 4;

    // At the start of a packed ring both wrap counters are 1.
    private const uint PackedStart = (1u << 15) | (1u << 31);

    private readonly VhostUserConnection _connection;
    private readonly VhostUserKind _kind;
    private readonly bool _hasProtocol;
    private readonly ulong _protocol;

    private VhostUserSession(VhostUserConnection connection, VhostUserSettings settings)
    {
        _connection = connection;
        _kind = settings.Kind;
        ulong offered = connection.Get(VhostUserProtocol.VHOST_USER_GET_FEATURES);
        _hasProtocol = (offered & VhostUserProtocol.ProtocolFeatures) != 0;
        if (_hasProtocol)
        {
            _protocol = connection.Get(VhostUserProtocol.VHOST_USER_GET_PROTOCOL_FEATURES) & WantedProtocol;
            if (!HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_CONFIG))
            {
                // It is for changes of the configuration, and for nothing else here.
                _protocol &= ~(1UL << VhostUserProtocol.VHOST_USER_PROTOCOL_F_BACKEND_REQ);
            }

            connection.Set(VhostUserProtocol.VHOST_USER_SET_PROTOCOL_FEATURES, _protocol);
            connection.Acknowledges = HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_REPLY_ACK);
        }

        connection.Tell(VhostUserProtocol.VHOST_USER_SET_OWNER);
        if ((offered & VirtioFeatures.Version1) == 0)
        {
            throw new VhostUserException($"the back end at {Name} speaks only the protocol before virtio 1.0 (features 0x{offered:x})");
        }

        Configuration = ReadConfiguration(out bool own);
        HasOwnConfiguration = own;
        Features = _kind.Filter(offered & (DeviceBits | CommonBits), own) & (settings.PackedQueue ? ulong.MaxValue : ~VirtioFeatures.PackedRing);
        QueueCount = _kind.CountQueues(Features, Configuration);
        if (QueueCount is < 1 or > VhostUserKind.MaxQueues)
        {
            throw new VhostUserException($"the back end at {Name} has a configuration with too many queues; 1 to {VhostUserKind.MaxQueues} are possible");
        }

        RingCount = QueueCount;
        if (HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_MQ))
        {
            RingCount = (int)Math.Min((ulong)QueueCount, connection.Get(VhostUserProtocol.VHOST_USER_GET_QUEUE_NUM));
        }
    }

    /// <summary>The socket, to watch it.</summary>
    internal StreamSocket Socket => _connection.Socket;

    /// <summary>The features that the driver is offered.</summary>
    internal ulong Features { get; }

    /// <summary>The device's configuration when the session began.</summary>
    internal byte[] Configuration { get; }

    /// <summary>The configuration is not the back end's.</summary>
    internal bool HasOwnConfiguration { get; }

    /// <summary>The device's queues.</summary>
    internal int QueueCount { get; }

    /// <summary>How many of them the back end serves.</summary>
    internal int RingCount { get; }

    /// <summary>The back end wants a channel for requests of its own.</summary>
    internal bool WantsChannel => HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_BACKEND_REQ);

    private string Name => Socket.Name;

    /// <summary>Connects and agrees on everything that does not depend on the driver.</summary>
    /// <exception cref="VhostUserException">The back end is not there, too slow, or not fit for this type of device.</exception>
    internal static VhostUserSession Open(VhostUserSettings settings)
    {
        StreamSocket socket;
        try
        {
            socket = settings.Connect();
        }
        catch (LinuxException e)
        {
            throw new VhostUserException($"no back end: {e.Message}", e);
        }

        var connection = new VhostUserConnection(socket, settings.Patience);
        try
        {
            return new VhostUserSession(connection, settings);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Gives the back end the channel for its own requests.</summary>
    internal void SetChannel(FileDescriptor channel) => _connection.Tell<byte>(VhostUserProtocol.VHOST_USER_SET_BACKEND_REQ_FD, [], channel);

    /// <summary>Reads the back end's configuration anew.</summary>
    internal void ReadConfiguration(Span<byte> data) => _connection.GetConfiguration(data);

    /// <summary>Passes a store of the driver to the configuration on.</summary>
    internal void WriteConfiguration(int offset, ReadOnlySpan<byte> data) => _connection.SetConfiguration(offset, data);

    /// <summary>Gives the back end memory and rings; it works on them from here on.</summary>
    internal void Start(DeviceActivation activation)
    {
        _connection.Set(
            VhostUserProtocol.VHOST_USER_SET_FEATURES, activation.Features | (_hasProtocol ? VhostUserProtocol.ProtocolFeatures : 0));
        SetStatus(StatusFeaturesOk);
        SetMemoryTable(activation.Memory);
        for (int i = 0; i < RingCount; i++)
        {
            if (activation.Queues[i] is { } queue)
            {
                StartRing(queue, activation);
            }
        }

        SetStatus(StatusDriverOk);
        // A driver that was quick has notified before its rings were enabled, and back ends drop such a notification. One more makes them look.
        for (int i = 0; i < RingCount; i++)
        {
            activation.Queues[i]?.Kick.Signal();
        }
    }

    /// <summary>Takes the rings away; the back end no longer touches them when this returns.</summary>
    internal void Stop(DeviceActivation activation)
    {
        for (int i = 0; i < RingCount; i++)
        {
            if (activation.Queues[i] is not null)
            {
                if (_hasProtocol)
                {
                    _connection.SetRing(VhostUserProtocol.VHOST_USER_SET_VRING_ENABLE, i, 0);
                }

                _connection.GetRing(VhostUserProtocol.VHOST_USER_GET_VRING_BASE, i);
            }
        }

        if (HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_STATUS))
        {
            SetStatus(0);
        }
        else if (HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_RESET_DEVICE))
        {
            _connection.Tell(VhostUserProtocol.VHOST_USER_RESET_DEVICE);
        }
    }

    private bool HasProtocol(int feature) => (_protocol & (1UL << feature)) != 0;

    private byte[] ReadConfiguration(out bool own)
    {
        bool has = HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_CONFIG);
        own = !has || _kind.PrefersOwn;
        if (own)
        {
            return _kind.OwnConfiguration
                ?? throw new VhostUserException($"the back end at {Name} gives no configuration{(_kind.Type == VirtioDeviceType.Fs ? "; name the folder with tag=" : "")}");
        }

        byte[] configuration = new byte[_kind.ConfigurationSize];
        _connection.GetConfiguration(configuration);
        return configuration;
    }

    private void SetStatus(ulong status)
    {
        if (HasProtocol(VhostUserProtocol.VHOST_USER_PROTOCOL_F_STATUS))
        {
            _connection.Set(VhostUserProtocol.VHOST_USER_SET_STATUS, status);
        }
    }

    private void SetMemoryTable(GuestMemory memory)
    {
        if (memory.File is not { } file || memory.Regions.Length > VhostUserProtocol.MaxRegions)
        {
            throw new VhostUserException(
                $"guest memory of {memory.Regions.Length} regions cannot be shared: it must be in a file, with at most {VhostUserProtocol.MaxRegions}");
        }

        // A count of 32 bits with padding, then four numbers for each region.
        Span<ulong> table = stackalloc ulong[1 + (4 * VhostUserProtocol.MaxRegions)];
        table[0] = (ulong)memory.Regions.Length;
        FileDescriptor[] files = new FileDescriptor[memory.Regions.Length];
        for (int i = 0; i < files.Length; i++)
        {
            GuestMemoryRegion region = memory.Regions[i];
            Span<ulong> entry = table[(1 + (4 * i))..];
            entry[0] = region.Start.Value;
            entry[1] = region.Size;
            entry[2] = (ulong)region.Mapping.Pointer;
            entry[3] = region.FileOffset;
            files[i] = file;
        }

        _connection.Tell<ulong>(VhostUserProtocol.VHOST_USER_SET_MEM_TABLE, table[..(1 + (4 * files.Length))], files);
    }

    private void StartRing(QueueSetup queue, DeviceActivation activation)
    {
        int ring = queue.Index;
        GuestMemory memory = activation.Memory;
        _connection.SetRing(VhostUserProtocol.VHOST_USER_SET_VRING_NUM, ring, queue.Size);
        // SAFETY: only numbers to the back end, which maps them back to guest memory.
        RingAddresses areas = new()
        {
            Index = (uint)ring,
            Descriptors = (ulong)memory.GetPointer(queue.DescriptorArea, 1),
            Available = (ulong)memory.GetPointer(queue.DriverArea, 1),
            Used = (ulong)memory.GetPointer(queue.DeviceArea, 1),
        };
        _connection.Tell<RingAddresses>(VhostUserProtocol.VHOST_USER_SET_VRING_ADDR, [areas]);
        _connection.SetRing(VhostUserProtocol.VHOST_USER_SET_VRING_BASE, ring, activation.Has(VirtioFeatures.PackedRing) ? PackedStart : 0);
        _connection.Set(VhostUserProtocol.VHOST_USER_SET_VRING_CALL, (ulong)ring, queue.Interrupt.Trigger);
        _connection.Set(VhostUserProtocol.VHOST_USER_SET_VRING_KICK, (ulong)ring, queue.Kick);
        if (_hasProtocol)
        {
            _connection.SetRing(VhostUserProtocol.VHOST_USER_SET_VRING_ENABLE, ring, 1);
        }
    }

    /// <summary>The content of VHOST_USER_SET_VRING_ADDR: <c>struct vhost_vring_addr</c> of linux/vhost_types.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RingAddresses
    {
        internal uint Index;
        internal uint Flags;
        internal ulong Descriptors;
        internal ulong Used;
        internal ulong Available;
        internal ulong Log;
    }
}
