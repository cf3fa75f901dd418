using System.Buffers.Binary;
using Kvm.Interop.Events;
using Kvm.Interop.Memory;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Pci;

/// <summary>A virtio device on the PCI bus (virtio 1.3, section 4.1), modern only, with crosvm's identity and layout.</summary>
/// <remarks>
/// Registers are served under one lock a function. An access of the device's own configuration, of the ISR status and a notification that comes to
/// user space take none. A reset is asynchronous, so no vCPU waits for a device: device_status reads the old value until the device is done.
/// </remarks>
public sealed class VirtioPciFunction : IPciFunction, IDisposable
{
    /// <summary>The bytes of 32-bit memory space that a function takes, aligned to as many.</summary>
    public const ulong RegionSize = VirtioPciLayout.BarSize;

    private readonly Lock _gate = new();
    private readonly IVirtioDevice _device;
    private readonly FunctionInterrupts _interrupts;
    private readonly Doorbells _doorbells;
    private readonly DeviceLifecycle _lifecycle;
    private readonly CommonConfiguration _common;
    private readonly VirtioPciCapabilities _capabilities;

    /// <param name="device">The device; the function disposes it.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="isProtected">Guest pages may be private: ACCESS_PLATFORM is offered and must be accepted.</param>
    /// <param name="wiring">How the function's events reach the kernel.</param>
    /// <param name="line">What pin A is wired to; null leaves the function without a pin.</param>
    /// <param name="loop">Turns signals of back ends in the kernel into assertions of the pin.</param>
    /// <param name="report">Told in one line, at most once a second, why the device needs a reset.</param>
    /// <exception cref="ArgumentException">The device has more queues than the layout has room for.</exception>
    public VirtioPciFunction(
        IVirtioDevice device, GuestMemory memory, bool isProtected, IPciWiring wiring, IntxLine? line, EventLoop loop, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(device);
        int queues = device.QueueSizes.Length;
        if (queues > VirtioPciLayout.MaxQueues)
        {
            throw new ArgumentException($"{device.Name} has {queues} queues; a PCI function has room for {VirtioPciLayout.MaxQueues}");
        }

        _device = device;
        ushort id = (ushort)(ModernDeviceIdBase + (int)device.DeviceType);
        Configuration = new PciConfigurationSpace(new PciIdentity(
            VendorId, id, ClassCode(device.DeviceType), ModernRevision, VendorId, id));
        Configuration.AddBar(new PciBar(VirtioPciLayout.Bar, VirtioPciLayout.BarSize));
        _capabilities = new VirtioPciCapabilities(Configuration, queues + 1);
        _interrupts = new FunctionInterrupts(device.Name, queues, wiring, loop, line);
        _doorbells = new Doorbells(device.Name, queues, wiring);
        var registers = new QueueRegisters[queues];
        for (int i = 0; i < queues; i++)
        {
            registers[i] = new QueueRegisters(i, device.QueueSizes[i]);
        }

        _lifecycle = new DeviceLifecycle(device, memory, isProtected, registers, _interrupts, _doorbells, report);
        _common = new CommonConfiguration(_lifecycle, registers, _interrupts);
    }

    /// <inheritdoc/>
    public PciConfigurationSpace Configuration { get; }

    private ulong BarAddress => Configuration.BarAddress(VirtioPciLayout.Bar);

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> data)
    {
        if (Touches(offset, data.Length, _capabilities.Window + CapabilityData, sizeof(uint)))
        {
            LoadThroughWindow();
        }

        // Kept out of the signals' way: the bit is made when it is read.
        if (Touches(offset, data.Length, PCI_STATUS, sizeof(ushort)))
        {
            Configuration.SetInterruptStatus(_interrupts.HasStatus);
        }

        Configuration.Read(offset, data);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            _lifecycle.FinishReset();
            Configuration.Write(offset, data);
            if (Touches(offset, data.Length, PCI_COMMAND, sizeof(ushort)) || Touches(offset, data.Length, _capabilities.Msix, sizeof(uint)))
            {
                ConfigureInterrupts();
            }

            if (_lifecycle.IsActive)
            {
                _doorbells.Connect(BarAddress);
            }
        }

        if (Touches(offset, data.Length, _capabilities.Window + CapabilityData, sizeof(uint)))
        {
            StoreThroughWindow();
        }
    }

    /// <inheritdoc/>
    public void ReadBar(int bar, ulong offset, Span<byte> data)
    {
        data.Clear();
        if (!Locate(bar, offset, data.Length, out int page, out int inside))
        {
            return;
        }

        switch (page)
        {
            case VirtioPciLayout.InterruptStatus:
                if (inside == 0)
                {
                    data[0] = _interrupts.TakeStatus();
                }

                return;
            case VirtioPciLayout.DeviceConfiguration:
                ReadDevice(inside, data);
                return;
        }

        lock (_gate)
        {
            _lifecycle.FinishReset();
            switch (page)
            {
                case VirtioPciLayout.CommonConfiguration:
                    _common.Read(inside, data);
                    break;
                case VirtioPciLayout.MsixTable:
                    _interrupts.Table.Read(inside, data);
                    break;
                case VirtioPciLayout.MsixPending:
                    _interrupts.ReadPending(inside, data);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
        if (!Locate(bar, offset, data.Length, out int page, out int inside))
        {
            return;
        }

        switch (page)
        {
            case VirtioPciLayout.DeviceConfiguration:
                WriteDevice(inside, data);
                return;
            case VirtioPciLayout.Notifications:
                _doorbells.Ring(inside);
                return;
        }

        lock (_gate)
        {
            _lifecycle.FinishReset();
            switch (page)
            {
                case VirtioPciLayout.CommonConfiguration:
                    _common.Write(inside, data, BarAddress);
                    break;
                case VirtioPciLayout.MsixTable:
                    _interrupts.WriteTable(inside, data);
                    break;
            }
        }
    }

    /// <summary>Ends device and wiring. After the vCPUs and the loop have stopped.</summary>
    public void Dispose()
    {
        _device.Dispose();
        _doorbells.Dispose();
        _interrupts.Dispose();
    }

    // Source: crosvm, devices/src/virtio/virtio_pci_device.rs: those that have a class of their own, else "too old" with subclass 0xff.
    private static uint ClassCode(VirtioDeviceType type) => type switch
    {
        VirtioDeviceType.Net => 0x020000,
        VirtioDeviceType.Block => 0x018000,
        VirtioDeviceType.Console => 0x078000,
        _ => 0x00ff00,
    };

    private static bool Touches(int offset, int length, int register, int width) => offset < register + width && register < offset + length;

    private static bool Locate(int bar, ulong offset, int length, out int page, out int inside)
    {
        page = 0;
        inside = 0;
        if (bar != VirtioPciLayout.Bar || offset >= VirtioPciLayout.BarSize)
        {
            return false;
        }

        inside = (int)offset % VirtioPciLayout.PageSize;
        page = (int)offset - inside;
        return length <= VirtioPciLayout.PageSize - inside;
    }

    // A fault of one device is not one of the vCPU thread.
    private void ReadDevice(int offset, Span<byte> data)
    {
        try
        {
            _device.ReadConfiguration(offset, data);
        }
        catch (Exception e)
        {
            data.Clear();
            _lifecycle.NeedsReset($"its configuration cannot be read: {e.Message}");
        }
    }

    private void WriteDevice(int offset, ReadOnlySpan<byte> data)
    {
        try
        {
            _device.WriteConfiguration(offset, data);
        }
        catch (Exception e)
        {
            _lifecycle.NeedsReset($"its configuration cannot be written: {e.Message}");
        }
    }

    private void ConfigureInterrupts()
    {
        Span<byte> register = stackalloc byte[sizeof(ushort)];
        Configuration.Read(_capabilities.Msix + 2, register);
        ushort command = Configuration.Command;
        _interrupts.Configure(
            BinaryPrimitives.ReadUInt16LittleEndian(register),
            mayMaster: (command & PCI_COMMAND_MASTER) != 0,
            pinDisabled: (command & PCI_COMMAND_INTX_DISABLE) != 0);
    }

    /// <summary>The access that the driver has described in the capability VIRTIO_PCI_CAP_PCI_CFG (virtio 1.3, 4.1.4.9).</summary>
    /// <returns>False when it does not describe one.</returns>
    private bool ReadWindow(out ulong offset, out int length)
    {
        Span<byte> capability = stackalloc byte[CapabilityData];
        Configuration.Read(_capabilities.Window, capability);
        offset = BinaryPrimitives.ReadUInt32LittleEndian(capability[VIRTIO_PCI_CAP_OFFSET..]);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(capability[VIRTIO_PCI_CAP_LENGTH..]);
        length = (int)bytes;
        return capability[VIRTIO_PCI_CAP_BAR] == VirtioPciLayout.Bar && bytes is 1 or 2 or 4 && offset % bytes == 0
            && offset < VirtioPciLayout.BarSize;
    }

    private void LoadThroughWindow()
    {
        if (ReadWindow(out ulong offset, out int length))
        {
            Span<byte> data = stackalloc byte[sizeof(uint)];
            ReadBar(VirtioPciLayout.Bar, offset, data[..length]);
            Configuration.Write(_capabilities.Window + CapabilityData, data[..length]);
        }
    }

    private void StoreThroughWindow()
    {
        if (ReadWindow(out ulong offset, out int length))
        {
            Span<byte> data = stackalloc byte[sizeof(uint)];
            Configuration.Read(_capabilities.Window + CapabilityData, data);
            WriteBar(VirtioPciLayout.Bar, offset, data[..length]);
        }
    }
}
