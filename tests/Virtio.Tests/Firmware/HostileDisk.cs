using System.Buffers.Binary;
using Virtio.Block;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Firmware;

/// <summary>A virtio block device, good until a test changes what it does. It answers each notification before the store returns.</summary>
internal sealed class HostileDisk
{
    internal const ulong RegionSize = 0x4000;
    internal const int CommonCapability = 0x40;
    internal const int NotifyCapability = 0x50;
    internal const int DeviceCapability = 0x64;
    internal const int WindowCapability = 0x74;
    internal const int MsixCapability = 0x88;

    private const int Notifications = 0x1000;
    private const int DeviceConfiguration = 0x3000;

    private readonly byte[] _common = new byte[CommonConfigurationSize];
    private readonly byte[] _content;
    private ushort _used;

    internal HostileDisk(byte[]? content = null)
    {
        _content = content ?? VmmMachine.InstanceDiskContent();
        Capacity = (ulong)_content.Length / 512;
        Set16(PCI_VENDOR_ID, VendorId);
        Set16(PCI_DEVICE_ID, ModernDeviceIdBase + 2);
        Set16(PCI_STATUS, PCI_STATUS_CAP_LIST);
        Set32(PCI_BASE_ADDRESS_0, (uint)TestMachine.LowWindow + 0x8000);
        Configuration[PCI_CAPABILITY_LIST] = CommonCapability;
        Capability(CommonCapability, NotifyCapability, 16, VIRTIO_PCI_CAP_COMMON_CFG, 0, CommonConfigurationSize);
        Capability(NotifyCapability, DeviceCapability, 20, VIRTIO_PCI_CAP_NOTIFY_CFG, Notifications, 0x1000);
        Set32(NotifyCapability + VIRTIO_PCI_NOTIFY_CAP_MULT, 4);
        Capability(DeviceCapability, WindowCapability, 16, VIRTIO_PCI_CAP_DEVICE_CFG, DeviceConfiguration, 0x1000);
        Capability(WindowCapability, MsixCapability, 20, VIRTIO_PCI_CAP_PCI_CFG, 0, 0);
        Configuration[MsixCapability] = PCI_CAP_ID_MSIX;
        BinaryPrimitives.WriteUInt16LittleEndian(_common.AsSpan(VIRTIO_PCI_COMMON_NUMQ), 1);
    }

    internal HostileMachine Machine { get; set; } = null!;

    internal int Slot { get; set; }

    internal int Function { get; set; }

    internal byte[] Configuration { get; } = new byte[PCI_CFG_SPACE_SIZE];

    /// <summary>What region 0 shows after all ones were stored.</summary>
    internal uint RegionMask { get; set; } = ~((uint)RegionSize - 1);

    /// <summary>Where the region really is; what its register says is another matter.</summary>
    internal ulong Region => BinaryPrimitives.ReadUInt32LittleEndian(Configuration.AsSpan(PCI_BASE_ADDRESS_0)) & ~0xfUL;

    internal ulong Features { get; set; } = VirtioFeatures.Version1 | VirtioFeatures.AccessPlatform | VirtioBlk.VIRTIO_BLK_F_FLUSH;

    internal ulong Accepted { get; private set; }

    internal ulong Capacity { get; set; }

    internal ushort QueueSize { get; set; } = 256;

    internal ushort QueueCount { set => BinaryPrimitives.WriteUInt16LittleEndian(_common.AsSpan(VIRTIO_PCI_COMMON_NUMQ), value); }

    internal ushort NotifyOffset { set => BinaryPrimitives.WriteUInt16LittleEndian(_common.AsSpan(VIRTIO_PCI_COMMON_Q_NOFF), value); }

    internal byte Status { get => _common[VIRTIO_PCI_COMMON_STATUS]; set => _common[VIRTIO_PCI_COMMON_STATUS] = value; }

    internal byte Generation { get => _common[VIRTIO_PCI_COMMON_CFGGENERATION]; set => _common[VIRTIO_PCI_COMMON_CFGGENERATION] = value; }

    internal int Requests { get; private set; }

    /// <summary>What device_status has as well once DRIVER_OK was stored.</summary>
    internal byte StatusAfterStart { get; set; }

    internal bool NeverResets { get; set; }

    internal bool RefusesFeatures { get; set; }

    internal bool GenerationNeverRests { get; set; }

    /// <summary>Answers requests.</summary>
    internal bool Answers { get; set; } = true;

    /// <summary>Writes the status.</summary>
    internal Func<byte, byte?> StatusOf { get; set; } = static status => status;

    internal Func<uint, uint> IdOf { get; set; } = static id => id;

    internal Func<uint, uint> LengthOf { get; set; } = static length => length;

    internal Func<ushort, ushort> IndexOf { get; set; } = static index => index;

    /// <summary>After the device has answered.</summary>
    internal Action AfterRequest { get; set; } = static () => { };

    internal bool TryConfiguration(ulong offset, out int register)
    {
        register = (int)(offset & 0xff);
        return offset >> 8 == ((ulong)Slot * 8) + (ulong)Function;
    }

    internal void Set16(int register, int value) => BinaryPrimitives.WriteUInt16LittleEndian(Configuration.AsSpan(register), (ushort)value);

    internal void Set32(int register, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Configuration.AsSpan(register), value);

    internal void StoreConfiguration(int register, ReadOnlySpan<byte> data)
    {
        if (register == PCI_BASE_ADDRESS_0 && data.Length == 4)
        {
            uint flags = Configuration[PCI_BASE_ADDRESS_0] & 0xfu;
            Set32(register, (BinaryPrimitives.ReadUInt32LittleEndian(data) & RegionMask) | flags);
        }
        else if (register is PCI_COMMAND)
        {
            data.CopyTo(Configuration.AsSpan(register));
        }
    }

    internal void LoadRegister(int offset, Span<byte> data)
    {
        // A driver that was led astray loads anything from anywhere.
        Span<byte> value = stackalloc byte[4];
        value.Clear();
        switch (offset)
        {
            case VIRTIO_PCI_COMMON_DF:
                BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)(BinaryPrimitives.ReadUInt32LittleEndian(_common) == 0 ? Features : Features >> 32));
                break;
            case VIRTIO_PCI_COMMON_Q_SIZE:
                BinaryPrimitives.WriteUInt16LittleEndian(value, QueueSize);
                break;
            case DeviceConfiguration or (DeviceConfiguration + 4):
                BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)(Capacity >> ((offset - DeviceConfiguration) * 8)));
                break;
            case <= CommonConfigurationSize - 4:
                _common.AsSpan(offset, 4).CopyTo(value);
                Generation += (byte)(GenerationNeverRests ? 1 : 0);
                break;
        }

        value[..data.Length].CopyTo(data);
    }

    internal void StoreRegister(int offset, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        word.Clear();
        data.CopyTo(word);
        byte value = data[0];
        switch (offset)
        {
            case VIRTIO_PCI_COMMON_STATUS:
                if (value == 0)
                {
                    _used = 0;
                }

                Status = value == 0 && NeverResets ? (byte)1 : (byte)(RefusesFeatures ? value & ~VIRTIO_CONFIG_S_FEATURES_OK : value);
                Status |= (value & VIRTIO_CONFIG_S_DRIVER_OK) != 0 ? StatusAfterStart : (byte)0;
                break;
            case VIRTIO_PCI_COMMON_GF:
                int shift = BinaryPrimitives.ReadUInt32LittleEndian(_common.AsSpan(VIRTIO_PCI_COMMON_GFSELECT)) == 0 ? 0 : 32;
                Accepted = (Accepted & ~((ulong)uint.MaxValue << shift)) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(word) << shift);
                break;
            case VIRTIO_PCI_COMMON_NUMQ or VIRTIO_PCI_COMMON_CFGGENERATION or VIRTIO_PCI_COMMON_Q_NOFF:
                break;
            case <= CommonConfigurationSize - 4:
                data.CopyTo(_common.AsSpan(offset));
                break;
            case Notifications:
                Answer();
                break;
        }
    }

    private void Capability(int place, int next, int length, byte type, uint offset, uint size)
    {
        Configuration[place] = PCI_CAP_ID_VNDR;
        Configuration[place + 1] = (byte)next;
        Configuration[place + VIRTIO_PCI_CAP_LEN] = (byte)length;
        Configuration[place + VIRTIO_PCI_CAP_CFG_TYPE] = type;
        Set32(place + VIRTIO_PCI_CAP_OFFSET, offset);
        Set32(place + VIRTIO_PCI_CAP_LENGTH, size);
    }

    private Span<byte> At(ulong address, int length) => Machine.Shared.Slice((int)(address - TestMachine.DmaAddress), length);

    // A driver that was led astray rings before it gave the queue its pages.
    private bool HasQueue() =>
        Queue(VIRTIO_PCI_COMMON_Q_DESCLO) == TestMachine.DmaAddress
        && Queue(VIRTIO_PCI_COMMON_Q_AVAILLO) == TestMachine.DmaAddress + 0x100
        && Queue(VIRTIO_PCI_COMMON_Q_USEDLO) == TestMachine.DmaAddress + 0x200;

    private ulong Queue(int register) => BinaryPrimitives.ReadUInt64LittleEndian(_common.AsSpan(register));

    private void Answer()
    {
        Requests++;
        if (!Answers || !HasQueue())
        {
            return;
        }

        Span<byte> table = At(Queue(VIRTIO_PCI_COMMON_Q_DESCLO), 4 * 16);
        Span<byte> available = At(Queue(VIRTIO_PCI_COMMON_Q_AVAILLO), 14);
        Span<byte> used = At(Queue(VIRTIO_PCI_COMMON_Q_USEDLO), 38);
        if (BinaryPrimitives.ReadUInt16LittleEndian(available[2..]) != (ushort)(_used + 1))
        {
            Assert.Fail("the available index did not move by one");
        }

        int head = BinaryPrimitives.ReadUInt16LittleEndian(available[(4 + (_used % 4 * 2))..]);
        Span<byte> header = Buffer(table, head, out int next);
        uint written = 1;
        Span<byte> last = Buffer(table, next, out next);
        if (last.Length > 1)
        {
            Span<byte> data = last;
            last = Buffer(table, next, out _);
            Span<byte> place = _content.AsSpan((int)BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) * 512, data.Length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == VirtioBlk.VIRTIO_BLK_T_IN)
            {
                place.CopyTo(data);
                written += (uint)data.Length;
            }
            else
            {
                data.CopyTo(place);
            }
        }

        if (StatusOf(VirtioBlk.VIRTIO_BLK_S_OK) is { } status)
        {
            last[0] = status;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(used[(4 + (_used % 4 * 8))..], IdOf((uint)head));
        BinaryPrimitives.WriteUInt32LittleEndian(used[(8 + (_used % 4 * 8))..], LengthOf(written));
        _used++;
        BinaryPrimitives.WriteUInt16LittleEndian(used[2..], IndexOf(_used));
        AfterRequest();
    }

    private Span<byte> Buffer(Span<byte> table, int index, out int next)
    {
        Span<byte> descriptor = table[(index * 16)..];
        next = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[14..]);
        return At(BinaryPrimitives.ReadUInt64LittleEndian(descriptor), (int)BinaryPrimitives.ReadUInt32LittleEndian(descriptor[8..]));
    }
}
