using System.Buffers.Binary;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>The common configuration structure (virtio 1.3, 4.1.4.3), at any offset and width. Under the function's lock.</summary>
internal sealed class CommonConfiguration(DeviceLifecycle lifecycle, QueueRegisters[] queues, FunctionInterrupts interrupts)
{
    private uint _deviceFeatureSelect;
    private uint _driverFeatureSelect;
    private ushort _queueSelect;

    // The writable registers: offset and bytes.
    private static ReadOnlySpan<byte> Writable =>
    [
        VIRTIO_PCI_COMMON_DFSELECT, 4,
        VIRTIO_PCI_COMMON_GFSELECT, 4,
        VIRTIO_PCI_COMMON_GF, 4,
        VIRTIO_PCI_COMMON_MSIX, 2,
        VIRTIO_PCI_COMMON_STATUS, 1,
        VIRTIO_PCI_COMMON_Q_SELECT, 2,
        VIRTIO_PCI_COMMON_Q_SIZE, 2,
        VIRTIO_PCI_COMMON_Q_MSIX, 2,
        VIRTIO_PCI_COMMON_Q_ENABLE, 2,
        VIRTIO_PCI_COMMON_Q_DESCLO, 8,
        VIRTIO_PCI_COMMON_Q_AVAILLO, 8,
        VIRTIO_PCI_COMMON_Q_USEDLO, 8,
    ];

    private QueueRegisters? Selected => _queueSelect < queues.Length ? queues[_queueSelect] : null;

    /// <summary>A load.</summary>
    internal void Read(int offset, Span<byte> data)
    {
        data.Clear();
        if (offset < CommonConfigurationSize)
        {
            Span<byte> image = stackalloc byte[CommonConfigurationSize];
            Fill(image);
            ReadOnlySpan<byte> part = image.Slice(offset, Math.Min(data.Length, CommonConfigurationSize - offset));
            part.CopyTo(data);
        }
    }

    /// <summary>A store; of a register that it covers in part, the other bytes keep their value.</summary>
    /// <param name="offset">From the beginning of the structure.</param>
    /// <param name="data">What is stored.</param>
    /// <param name="bar">Where the region lies.</param>
    internal void Write(int offset, ReadOnlySpan<byte> data, ulong bar)
    {
        Span<byte> image = stackalloc byte[CommonConfigurationSize];
        ReadOnlySpan<byte> writable = Writable;
        for (int i = 0; i < writable.Length; i += 2)
        {
            int register = writable[i];
            int width = writable[i + 1];
            int from = Math.Max(offset, register);
            int to = Math.Min(offset + data.Length, register + width);
            if (from < to)
            {
                // Filled for each: a register may decide what the next one shows.
                Fill(image);
                data[(from - offset)..(to - offset)].CopyTo(image[from..]);
                Store(register, image[register..], bar);
            }
        }
    }

    private static uint Half(ulong features, uint select) => select switch
    {
        0 => (uint)features,
        1 => (uint)(features >> 32),
        _ => 0,
    };

    private void Fill(Span<byte> image)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(image[VIRTIO_PCI_COMMON_DFSELECT..], _deviceFeatureSelect);
        BinaryPrimitives.WriteUInt32LittleEndian(image[VIRTIO_PCI_COMMON_DF..], Half(lifecycle.Offered, _deviceFeatureSelect));
        BinaryPrimitives.WriteUInt32LittleEndian(image[VIRTIO_PCI_COMMON_GFSELECT..], _driverFeatureSelect);
        BinaryPrimitives.WriteUInt32LittleEndian(image[VIRTIO_PCI_COMMON_GF..], Half(lifecycle.Accepted, _driverFeatureSelect));
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_MSIX..], interrupts.Configuration.Vector);
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_NUMQ..], (ushort)queues.Length);
        image[VIRTIO_PCI_COMMON_STATUS] = lifecycle.Status;
        image[VIRTIO_PCI_COMMON_CFGGENERATION] = lifecycle.Generation;
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_Q_SELECT..], _queueSelect);
        QueueRegisters? queue = Selected;
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_Q_SIZE..], queue?.Size ?? 0);
        BinaryPrimitives.WriteUInt16LittleEndian(
            image[VIRTIO_PCI_COMMON_Q_MSIX..], queue is null ? VIRTIO_MSI_NO_VECTOR : interrupts.Queue(_queueSelect).Vector);
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_Q_ENABLE..], (ushort)(queue is { IsEnabled: true } ? 1 : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(image[VIRTIO_PCI_COMMON_Q_NOFF..], queue is null ? (ushort)0 : _queueSelect);
        BinaryPrimitives.WriteUInt64LittleEndian(image[VIRTIO_PCI_COMMON_Q_DESCLO..], queue?.DescriptorArea ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(image[VIRTIO_PCI_COMMON_Q_AVAILLO..], queue?.DriverArea ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(image[VIRTIO_PCI_COMMON_Q_USEDLO..], queue?.DeviceArea ?? 0);
    }

    private void Store(int register, ReadOnlySpan<byte> bytes, ulong bar)
    {
        switch (register)
        {
            case VIRTIO_PCI_COMMON_DFSELECT:
                _deviceFeatureSelect = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                break;
            case VIRTIO_PCI_COMMON_GFSELECT:
                _driverFeatureSelect = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                break;
            case VIRTIO_PCI_COMMON_GF:
                StoreFeatures(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_MSIX:
                interrupts.SetVector(interrupts.Configuration, BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_STATUS:
                lifecycle.WriteStatus(bytes[0], bar);
                break;
            case VIRTIO_PCI_COMMON_Q_SELECT:
                _queueSelect = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
                break;
            case VIRTIO_PCI_COMMON_Q_MSIX when Selected is not null:
                interrupts.SetVector(interrupts.Queue(_queueSelect), BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            default:
                if (Selected is { } queue && !lifecycle.IsFrozen)
                {
                    StoreQueue(queue, register, bytes);
                }

                break;
        }
    }

    private void StoreFeatures(uint half)
    {
        if (_driverFeatureSelect == 0)
        {
            lifecycle.Accepted = (lifecycle.Accepted & ~(ulong)uint.MaxValue) | half;
        }
        else if (_driverFeatureSelect == 1)
        {
            lifecycle.Accepted = (lifecycle.Accepted & uint.MaxValue) | ((ulong)half << 32);
        }
    }

    private static void StoreQueue(QueueRegisters queue, int register, ReadOnlySpan<byte> bytes)
    {
        switch (register)
        {
            case VIRTIO_PCI_COMMON_Q_SIZE:
                queue.SetSize(BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_Q_ENABLE:
                queue.SetEnable(BinaryPrimitives.ReadUInt16LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_Q_DESCLO:
                queue.SetDescriptorArea(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_Q_AVAILLO:
                queue.SetDriverArea(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
            case VIRTIO_PCI_COMMON_Q_USEDLO:
                queue.SetDeviceArea(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                break;
        }
    }
}
