using System.Buffers.Binary;
using System.Numerics;
using static Virtio.Pci.PciRegisters;

namespace Virtio.Pci;

/// <summary>The 256 bytes of a type 0 configuration space (PCI Local Bus Specification 3.0, section 6).</summary>
/// <remarks>
/// Built on one thread (regions, capabilities, interrupt pin), then used from all. A bit changes only where its mask allows; a base address
/// register shows its region's size after all ones were stored to it, because the bits below the size are never writable.
/// </remarks>
public sealed class PciConfigurationSpace
{
    /// <summary>The number of base address registers.</summary>
    public const int BarCount = 6;

    /// <summary>What <see cref="BarAddress"/> says of a region that the function does not decode now.</summary>
    public const ulong Unmapped = ulong.MaxValue;

    private readonly Lock _gate = new();
    private readonly byte[] _registers = new byte[PCI_CFG_SPACE_SIZE];
    private readonly byte[] _writable = new byte[PCI_CFG_SPACE_SIZE];
    private readonly PciBar?[] _bars = new PciBar?[BarCount];
    private readonly ulong[] _decoded = new ulong[BarCount];
    private int _capabilitiesEnd = PCI_STD_HEADER_SIZEOF;
    private int _lastCapability;

    /// <param name="identity">The read-only registers.</param>
    public PciConfigurationSpace(PciIdentity identity)
    {
        SetUInt16(PCI_VENDOR_ID, identity.VendorId);
        SetUInt16(PCI_DEVICE_ID, identity.DeviceId);
        _registers[PCI_REVISION_ID] = identity.Revision;
        _registers[PCI_CLASS_PROG] = (byte)identity.ClassCode;
        SetUInt16(PCI_CLASS_PROG + 1, (ushort)(identity.ClassCode >> 8));
        SetUInt16(PCI_SUBSYSTEM_VENDOR_ID, identity.SubsystemVendorId);
        SetUInt16(PCI_SUBSYSTEM_ID, identity.SubsystemId);
        BinaryPrimitives.WriteUInt16LittleEndian(_writable.AsSpan(PCI_COMMAND), PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
        _writable[PCI_CACHE_LINE_SIZE] = 0xff;
        _writable[PCI_INTERRUPT_LINE] = 0xff;
        Array.Fill(_decoded, Unmapped);
    }

    /// <summary>The command register.</summary>
    public ushort Command
    {
        get
        {
            lock (_gate)
            {
                return GetUInt16(PCI_COMMAND);
            }
        }
    }

    /// <summary>The region of a base address register, null when there is none.</summary>
    public PciBar? Bar(int index) => _bars[index];

    /// <summary>Adds a memory region; its address is 0 until the guest or <see cref="SetBarAddress"/> sets it.</summary>
    /// <exception cref="ArgumentException">The size is no power of two of at least 16, does not fit the register, or the register is taken.</exception>
    public void AddBar(PciBar bar)
    {
        int last = bar.Is64Bit ? bar.Index + 1 : bar.Index;
        if (bar.Index < 0 || last >= BarCount)
        {
            throw new ArgumentException($"BAR {bar.Index}: a function has {BarCount} base address registers");
        }

        if (!BitOperations.IsPow2(bar.Size) || bar.Size < 16 || (!bar.Is64Bit && bar.Size > 1UL << 31))
        {
            throw new ArgumentException($"BAR {bar.Index}: size 0x{bar.Size:x} is no power of two from 16 to the register's width");
        }

        for (int i = 0; i < BarCount; i++)
        {
            if (_bars[i] is { } other && i <= last && (other.Is64Bit ? i + 1 : i) >= bar.Index)
            {
                throw new ArgumentException($"BAR {bar.Index}: the register belongs to BAR {i}");
            }
        }

        _bars[bar.Index] = bar;
        int register = PCI_BASE_ADDRESS_0 + (bar.Index * 4);
        uint type = (bar.Is64Bit ? PCI_BASE_ADDRESS_MEM_TYPE_64 : 0) | (bar.Prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(_registers.AsSpan(register), type);
        ulong mask = ~(bar.Size - 1);
        BinaryPrimitives.WriteUInt32LittleEndian(_writable.AsSpan(register), (uint)mask);
        if (bar.Is64Bit)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_writable.AsSpan(register + 4), (uint)(mask >> 32));
        }

        _writable[PCI_COMMAND] |= (byte)PCI_COMMAND_MEMORY;
    }

    /// <summary>Appends a capability (section 6.7) at the next multiple of 4.</summary>
    /// <param name="id">The capability's identifier.</param>
    /// <param name="body">What follows identifier and link; its first byte is at offset 2 of the capability.</param>
    /// <param name="writableBits">For each byte of <paramref name="body"/> the bits that the guest may change; shorter means none in the rest.</param>
    /// <returns>The capability's offset in the configuration space.</returns>
    /// <exception cref="InvalidOperationException">There is no room left.</exception>
    public int AddCapability(byte id, ReadOnlySpan<byte> body, ReadOnlySpan<byte> writableBits = default)
    {
        int offset = _capabilitiesEnd;
        if (offset + 2 + body.Length > PCI_CFG_SPACE_SIZE)
        {
            throw new InvalidOperationException(
                $"capability 0x{id:x2} of {body.Length + 2} bytes does not fit into the configuration space after offset 0x{offset:x}");
        }

        _registers[offset] = id;
        body.CopyTo(_registers.AsSpan(offset + 2));
        writableBits.CopyTo(_writable.AsSpan(offset + 2, body.Length));
        _registers[_lastCapability == 0 ? PCI_CAPABILITY_LIST : _lastCapability + 1] = (byte)offset;
        _registers[PCI_STATUS] |= (byte)PCI_STATUS_CAP_LIST;
        _lastCapability = offset;
        _capabilitiesEnd = (offset + 2 + body.Length + 3) & ~3;
        return offset;
    }

    /// <summary>Connects the function to an interrupt pin.</summary>
    /// <param name="pin">1 for INTA# to 4 for INTD#.</param>
    /// <param name="line">The number shown in the line register, which is the guest's to use.</param>
    public void SetInterrupt(byte pin, byte line)
    {
        _registers[PCI_INTERRUPT_PIN] = pin;
        _registers[PCI_INTERRUPT_LINE] = line;
    }

    /// <summary>Marks the function, number 0 of its device, as one of several.</summary>
    public void SetMultiFunction() => _registers[PCI_HEADER_TYPE] |= PCI_HEADER_TYPE_MFD;

    /// <summary>Shows in the status register whether the function asserts its interrupt pin.</summary>
    public void SetInterruptStatus(bool asserted)
    {
        lock (_gate)
        {
            int status = GetUInt16(PCI_STATUS) & ~PCI_STATUS_INTERRUPT;
            SetUInt16(PCI_STATUS, (ushort)(asserted ? status | PCI_STATUS_INTERRUPT : status));
        }
    }

    /// <summary>Gives a region its address, as firmware would.</summary>
    public void SetBarAddress(int index, ulong address)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(value, address);
        Write(PCI_BASE_ADDRESS_0 + (index * 4), _bars[index] is { Is64Bit: true } ? value : value[..4]);
    }

    /// <summary>Where the guest reaches a region now; <see cref="Unmapped"/> when memory decoding is off or there is no region.</summary>
    public ulong BarAddress(int index) => Volatile.Read(ref _decoded[index]);

    /// <summary>A load; an access that leaves the configuration space reads all ones.</summary>
    public void Read(int offset, Span<byte> data)
    {
        if (offset < 0 || data.Length > PCI_CFG_SPACE_SIZE - offset)
        {
            data.Fill(0xff);
            return;
        }

        lock (_gate)
        {
            _registers.AsSpan(offset, data.Length).CopyTo(data);
        }
    }

    /// <summary>A store to any bytes, also across registers; one that leaves the configuration space is ignored.</summary>
    public void Write(int offset, ReadOnlySpan<byte> data)
    {
        if (offset < 0 || data.Length > PCI_CFG_SPACE_SIZE - offset)
        {
            return;
        }

        lock (_gate)
        {
            for (int i = 0; i < data.Length; i++)
            {
                byte mask = _writable[offset + i];
                _registers[offset + i] = (byte)((_registers[offset + i] & ~mask) | (data[i] & mask));
            }

            if (offset < PCI_SUBSYSTEM_VENDOR_ID)
            {
                Decode();
            }
        }
    }

    private void Decode()
    {
        bool memory = (GetUInt16(PCI_COMMAND) & PCI_COMMAND_MEMORY) != 0;
        for (int i = 0; i < BarCount; i++)
        {
            if (_bars[i] is not { } bar)
            {
                continue;
            }

            ReadOnlySpan<byte> register = _registers.AsSpan(PCI_BASE_ADDRESS_0 + (i * 4));
            ulong address = bar.Is64Bit ? BinaryPrimitives.ReadUInt64LittleEndian(register) : BinaryPrimitives.ReadUInt32LittleEndian(register);
            Volatile.Write(ref _decoded[i], memory ? address & ~(bar.Size - 1) : Unmapped);
        }
    }

    private ushort GetUInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_registers.AsSpan(offset));

    private void SetUInt16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_registers.AsSpan(offset), value);
}
