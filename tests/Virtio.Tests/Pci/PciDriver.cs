using System.Buffers.Binary;
using System.Collections.Concurrent;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using Virtio.Pci;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Pci;

/// <summary>A driver that knows a function by its registers only, with the machine around it: guest memory, a line, a loop.</summary>
internal sealed class PciDriver : IDisposable
{
    internal const ulong MemoryStart = 0x8000_0000;
    internal const ulong MemorySize = 1 << 20;
    internal const ulong Bar = 0x200_8000;
    internal const ushort NoVector = VIRTIO_MSI_NO_VECTOR;

    internal PciDriver(IVirtioDevice device, bool isProtected = false, bool withLine = true)
    {
        Loop = new EventLoop("test", e => Faults.Enqueue(e.Message));
        Memory = GuestMemory.Create([new GuestRange(new GuestAddress(MemoryStart), MemorySize)], GuestMemoryBacking.Anonymous);
        Line = new IntxLine(Loop, "line");
        Function = new VirtioPciFunction(device, Memory, isProtected, Wiring, withLine ? Line : null, Loop, Reports.Enqueue);
        Function.Configuration.SetBarAddress(0, Bar);
        Function.Configuration.SetInterrupt(1, 4);
        SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        Loop.Start();
    }

    internal EventLoop Loop { get; }

    internal GuestMemory Memory { get; }

    internal IntxLine Line { get; }

    internal RecordingWiring Wiring { get; } = new();

    internal VirtioPciFunction Function { get; }

    internal ConcurrentQueue<string> Reports { get; } = [];

    internal ConcurrentQueue<string> Faults { get; } = [];

    internal byte Status
    {
        get => Read8(VIRTIO_PCI_COMMON_STATUS);
        set => Write8(VIRTIO_PCI_COMMON_STATUS, value);
    }

    internal bool NeedsReset => (Status & VIRTIO_CONFIG_S_NEEDS_RESET) != 0;

    internal ulong Offered
    {
        get
        {
            Write32(VIRTIO_PCI_COMMON_DFSELECT, 0);
            ulong low = Read32(VIRTIO_PCI_COMMON_DF);
            Write32(VIRTIO_PCI_COMMON_DFSELECT, 1);
            return low | ((ulong)Read32(VIRTIO_PCI_COMMON_DF) << 32);
        }
    }

    public void Dispose()
    {
        Loop.Stop();
        Function.Dispose();
        Line.Dispose();
        Loop.Dispose();
        Memory.Dispose();
        Assert.Empty(Faults);
    }

    internal byte Read8(ulong offset)
    {
        Span<byte> data = stackalloc byte[1];
        Function.ReadBar(0, offset, data);
        return data[0];
    }

    internal ushort Read16(ulong offset)
    {
        Span<byte> data = stackalloc byte[2];
        Function.ReadBar(0, offset, data);
        return BinaryPrimitives.ReadUInt16LittleEndian(data);
    }

    internal uint Read32(ulong offset)
    {
        Span<byte> data = stackalloc byte[4];
        Function.ReadBar(0, offset, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    internal ulong Read64(ulong offset)
    {
        Span<byte> data = stackalloc byte[8];
        Function.ReadBar(0, offset, data);
        return BinaryPrimitives.ReadUInt64LittleEndian(data);
    }

    internal void Write8(ulong offset, byte value) => Function.WriteBar(0, offset, [value]);

    internal void Write16(ulong offset, ushort value)
    {
        Span<byte> data = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(data, value);
        Function.WriteBar(0, offset, data);
    }

    internal void Write32(ulong offset, uint value)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Function.WriteBar(0, offset, data);
    }

    internal void Write64(ulong offset, ulong value)
    {
        // Two halves, as the specification has it.
        Write32(offset, (uint)value);
        Write32(offset + 4, (uint)(value >> 32));
    }

    internal uint ReadConfig(int offset, int width = 4)
    {
        Span<byte> data = stackalloc byte[4];
        data.Clear();
        Function.ReadConfiguration(offset, data[..width]);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    internal void WriteConfig(int offset, uint value, int width = 4)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        Function.WriteConfiguration(offset, data[..width]);
    }

    internal void SetCommand(ushort value) => WriteConfig(PCI_COMMAND, value, 2);

    /// <summary>The offset of a capability; of a vendor's the one with this type.</summary>
    internal int Capability(byte id, byte type = 0)
    {
        for (int offset = (int)ReadConfig(PCI_CAPABILITY_LIST, 1); offset != 0; offset = (int)ReadConfig(offset + 1, 1))
        {
            if (ReadConfig(offset, 1) == id && (id != PCI_CAP_ID_VNDR || ReadConfig(offset + 3, 1) == type))
            {
                return offset;
            }
        }

        throw new InvalidOperationException($"there is no capability 0x{id:x} of type {type}");
    }

    /// <summary>Stores accepted features and FEATURES_OK.</summary>
    /// <returns>Whether the device took them.</returns>
    internal bool Negotiate(ulong features)
    {
        Status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
        Status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
        Write32(VIRTIO_PCI_COMMON_GFSELECT, 0);
        Write32(VIRTIO_PCI_COMMON_GF, (uint)features);
        Write32(VIRTIO_PCI_COMMON_GFSELECT, 1);
        Write32(VIRTIO_PCI_COMMON_GF, (uint)(features >> 32));
        Status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;
        return (Status & VIRTIO_CONFIG_S_FEATURES_OK) != 0;
    }

    internal void SetQueue(int index, ushort size, ulong descriptors, ulong driver, ulong device, bool enable = true)
    {
        Write16(VIRTIO_PCI_COMMON_Q_SELECT, (ushort)index);
        Write16(VIRTIO_PCI_COMMON_Q_SIZE, size);
        Write64(VIRTIO_PCI_COMMON_Q_DESCLO, descriptors);
        Write64(VIRTIO_PCI_COMMON_Q_AVAILLO, driver);
        Write64(VIRTIO_PCI_COMMON_Q_USEDLO, device);
        if (enable)
        {
            Write16(VIRTIO_PCI_COMMON_Q_ENABLE, 1);
        }
    }

    /// <summary>Gives every queue rings of 16 descriptors at places of its own.</summary>
    internal void SetQueues()
    {
        for (int i = 0; i < Read16(VIRTIO_PCI_COMMON_NUMQ); i++)
        {
            ulong place = MemoryStart + ((ulong)i * 0x1000);
            SetQueue(i, 16, place, place + 0x400, place + 0x800);
        }
    }

    internal void SetDriverOk() =>
        Status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK;

    /// <summary>All from nothing to a device that works.</summary>
    internal void Start(ulong features = VirtioFeatures.Version1)
    {
        Assert.True(Negotiate(features));
        SetQueues();
        SetDriverOk();
        Assert.False(NeedsReset, string.Join('\n', Reports));
    }

    internal void EnableMsix(bool enable = true, bool maskAll = false) =>
        WriteConfig(Capability(PCI_CAP_ID_MSIX) + 2, (enable ? 0x8000u : 0) | (maskAll ? 0x4000u : 0), 2);

    internal void SetVector(int vector, ulong address, uint data, bool masked = false)
    {
        ulong entry = VirtioPciLayout.MsixTable + ((ulong)vector * 16);
        Write64(entry, address);
        Write32(entry + 8, data);
        Write32(entry + 12, masked ? 1u : 0);
    }

    internal void UseVector(int queue, ushort vector)
    {
        Write16(VIRTIO_PCI_COMMON_Q_SELECT, (ushort)queue);
        Write16(VIRTIO_PCI_COMMON_Q_MSIX, vector);
    }

    /// <summary>Waits for the loop's thread to bring something about.</summary>
    internal static void Eventually(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)), "it did not come about within 20 seconds");
}
