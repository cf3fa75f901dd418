using BootLoader.Blocks;
using Virtio.Block;
using static Virtio.Pci.PciRegisters;

namespace Pvmfw.Disk;

/// <summary>A virtio block device on the PCI bus, read and written through pages that are shared with the host.</summary>
/// <remarks>
/// The host is the device. The first thing that it does wrong ends the use of it: <see cref="Fault"/> says what it was, and nothing is read or
/// written any more. No wait is without an end.
/// </remarks>
internal struct VirtioDisk<TPlatform> : IBlockStore
    where TPlatform : struct, IDiskPlatform
{
    // Hosts write disks to slow storage; the limit is against those that never answer.
    private const ulong RequestSeconds = 30;

    // A trap to the host each, so seldom.
    private const uint LooksBetweenStatus = 1 << 16;
    private const int MostConfigurationReads = 8;

    private PciFunction<TPlatform> _function;
    private VirtioRegisters<TPlatform> _registers;
    private BlockQueue<TPlatform> _queue;
    private ulong _notification;
    private ulong _features;
    private ushort _command;
    private byte _generation;
    private bool _isOpen;
    private bool _isStarted;

    /// <inheritdoc/>
    public ulong SectorCount { get; private set; }

    /// <summary>The first thing that went wrong.</summary>
    internal DiskFault Fault { get; private set; }

    /// <summary>Sets a device up. <see cref="Close"/> it, whatever the outcome.</summary>
    /// <param name="function">A virtio block device.</param>
    /// <param name="windows">Where its regions may lie.</param>
    /// <param name="isProtected">Only shared pages can be reached by the device.</param>
    /// <returns><see cref="Fault"/>.</returns>
    internal DiskFault Open(PciFunction<TPlatform> function, PciWindows windows, bool isProtected)
    {
        _function = function;
        _command = function.Load16(PCI_COMMAND);
        _isOpen = true;
        Fault = Start(windows, isProtected);
        return Fault;
    }

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes)
    {
        if (!IsInside(sector, bytes.Length))
        {
            return false;
        }

        while (bytes.Length > 0)
        {
            int length = Math.Min(bytes.Length, QueueLayout.DataSize);
            if (!Do(VirtioBlk.VIRTIO_BLK_T_IN, sector, length, bytes[..length]))
            {
                return false;
            }

            bytes = bytes[length..];
            sector += (ulong)(length / Sectors.Size);
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes)
    {
        if (!IsInside(sector, bytes.Length) || !IsWritable())
        {
            return false;
        }

        while (bytes.Length > 0)
        {
            int length = Math.Min(bytes.Length, QueueLayout.DataSize);
            TPlatform.CopyIn(QueueLayout.Data, bytes[..length]);
            if (!Do(VirtioBlk.VIRTIO_BLK_T_OUT, sector, length, default))
            {
                return false;
            }

            bytes = bytes[length..];
            sector += (ulong)(length / Sectors.Size);
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Flush() =>
        Fault == DiskFault.None
        && ((_features & VirtioBlk.VIRTIO_BLK_F_FLUSH) == 0 || Do(VirtioBlk.VIRTIO_BLK_T_FLUSH, 0, 0, default));

    /// <summary>Resets the device, takes its mastership of the bus away and leaves its function as it was found. May be called again.</summary>
    /// <returns><see cref="DiskFault.ResetTimedOut"/> when it may go on reading and writing the pages; otherwise none.</returns>
    internal DiskFault Close()
    {
        if (!_isOpen)
        {
            return DiskFault.None;
        }

        DiskFault fault = _isStarted ? _registers.Reset() : DiskFault.None;
        _function.Store16(PCI_COMMAND, (ushort)(_command & ~PCI_COMMAND_MASTER));
        _isOpen = false;
        Fault = Fault == DiskFault.None ? DiskFault.Closed : Fault;
        return fault;
    }

    private DiskFault Start(PciWindows windows, bool isProtected)
    {
        const ushort Decoding = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
        ushort quiet = (ushort)((_command & ~Decoding) | PCI_COMMAND_INTX_DISABLE);
        _function.Store16(PCI_COMMAND, quiet);
        DiskFault fault = VirtioStructures.Read(_function, windows, out VirtioStructures structures);
        if (fault != DiskFault.None)
        {
            return fault;
        }

        if (!TPlatform.Map(structures.Common, Virtio.Pci.VirtioPciRegisters.CommonConfigurationSize)
            || !TPlatform.Map(structures.Device, sizeof(ulong)))
        {
            return DiskFault.NotMapped;
        }

        _function.Store16(PCI_COMMAND, (ushort)(quiet | Decoding));
        _registers = new VirtioRegisters<TPlatform>(structures.Common);
        _isStarted = true;
        fault = _registers.Reset();
        if (fault == DiskFault.None)
        {
            fault = _registers.Negotiate(isProtected, out _features);
        }

        if (fault == DiskFault.None)
        {
            fault = ReadCapacity(structures.Device);
        }

        return fault == DiskFault.None ? _registers.StartQueue(structures, out _notification) : fault;
    }

    private DiskFault ReadCapacity(ulong address)
    {
        // Two loads that belong together when the generation before and after is the same (virtio 1.3, 2.5.1).
        for (int i = 0; i < MostConfigurationReads; i++)
        {
            _generation = _registers.Generation;
            SectorCount = TPlatform.Load32(address);
            SectorCount |= (ulong)TPlatform.Load32(address + sizeof(uint)) << 32;
            if (_registers.Generation == _generation)
            {
                return DiskFault.None;
            }
        }

        return DiskFault.ConfigurationUnstable;
    }

    private bool IsInside(ulong sector, int length)
    {
        if (Fault == DiskFault.None && !Sectors.AreInside(SectorCount, sector, length))
        {
            Fault = DiskFault.OutOfRange;
        }

        return Fault == DiskFault.None;
    }

    private bool IsWritable()
    {
        if ((_features & VirtioBlk.VIRTIO_BLK_F_RO) != 0)
        {
            Fault = DiskFault.ReadOnly;
        }

        return Fault == DiskFault.None;
    }

    private bool Do(uint type, ulong sector, int length, Span<byte> data)
    {
        _queue.Submit(type, sector, length);
        TPlatform.Store16(_notification, 0);
        Fault = Await();
        if (Fault == DiskFault.None)
        {
            Fault = _queue.Take(type, length, data);
        }

        if (Fault == DiskFault.None && _registers.Generation != _generation)
        {
            Fault = DiskFault.ConfigurationChanged;
        }

        return Fault == DiskFault.None;
    }

    private readonly DiskFault Await()
    {
        Deadline<TPlatform> deadline = new(RequestSeconds);
        for (uint looks = 1; ; looks++)
        {
            DiskFault fault = _queue.Look(out bool completed);
            if (fault != DiskFault.None || completed)
            {
                return fault;
            }

            if (looks % LooksBetweenStatus == 0 && !_registers.IsRunning)
            {
                return DiskFault.DeviceBroken;
            }

            if (!deadline.Wait())
            {
                return DiskFault.TimedOut;
            }
        }
    }
}
