using Virtio.Pci;
using Vmm.Configuration;
using static Virtio.Pci.PciRegisters;

namespace Vmm.Devices;

/// <summary>
/// The PCI bus: 32 devices of 8 functions on bus 0, their configuration by CAM (device tree <c>pci-host-cam-generic</c>: 256 bytes a function,
/// 16 MiB in all), and their memory regions in the host's windows.
/// </summary>
/// <remarks>
/// Functions are added before the vCPUs start. What no function answers reads as all ones, as a master abort on a PCI bus does, and stores
/// nothing; so does an access that crosses the end of a function's configuration space or of a region. Otherwise any width at any offset is
/// served byte by byte.
/// </remarks>
public sealed class PciHost
{
    /// <summary>The number of bytes of the configuration window.</summary>
    public const ulong ConfigurationSize = 0x1000000;

    /// <summary>Devices on a bus.</summary>
    public const int DeviceCount = 32;

    private const int FunctionsPerDevice = 8;

    private readonly IPciFunction?[] _functions = new IPciFunction?[DeviceCount * FunctionsPerDevice];
    private readonly AddressRange _lowWindow;
    private readonly AddressRange _highWindow;
    private Region[] _regions = [];
    private ulong _lowNext;
    private ulong _highNext;

    /// <param name="lowWindow">The 32-bit window, for regions that are not 64-bit or not prefetchable.</param>
    /// <param name="highWindow">The 64-bit prefetchable window.</param>
    public PciHost(AddressRange lowWindow, AddressRange highWindow)
    {
        _lowWindow = lowWindow;
        _highWindow = highWindow;
        _lowNext = lowWindow.Start;
        _highNext = highWindow.Start;
        ConfigurationWindow = new ConfigurationDevice(this);
        LowWindow = new WindowDevice(this, lowWindow.Start);
        HighWindow = new WindowDevice(this, highWindow.Start);
    }

    /// <summary>The device for the configuration window.</summary>
    public IMmioDevice ConfigurationWindow { get; }

    /// <summary>The device for the 32-bit memory window.</summary>
    public IMmioDevice LowWindow { get; }

    /// <summary>The device for the 64-bit memory window.</summary>
    public IMmioDevice HighWindow { get; }

    /// <summary>Puts a function on the bus and gives each of its regions the next address that its window has free.</summary>
    /// <param name="device">0 to 31.</param>
    /// <param name="function">The function.</param>
    /// <param name="number">The function's number in its device, 0 to 7; number 0 comes first.</param>
    /// <exception cref="ArgumentException">The place does not exist or is taken, or function 0 is missing.</exception>
    /// <exception cref="InvalidOperationException">A window has no room for a region.</exception>
    public void Add(int device, IPciFunction function, int number = 0)
    {
        string name = $"PCI function {device:x2}.{number:x}";
        if (device is < 0 or >= DeviceCount || number is < 0 or >= FunctionsPerDevice)
        {
            throw new ArgumentException($"{name}: a bus has {DeviceCount} devices of {FunctionsPerDevice} functions");
        }

        int slot = (device * FunctionsPerDevice) + number;
        if (_functions[slot] is not null)
        {
            throw new ArgumentException($"{name} is already there");
        }

        if (number > 0)
        {
            (_functions[device * FunctionsPerDevice] ?? throw new ArgumentException($"{name} needs function 0 of its device first"))
                .Configuration.SetMultiFunction();
        }

        for (int i = 0; i < PciConfigurationSpace.BarCount; i++)
        {
            if (function.Configuration.Bar(i) is { } bar)
            {
                function.Configuration.SetBarAddress(i, Place(name, bar));
                _regions = [.. _regions, new Region(function, i, bar.Size)];
            }
        }

        _functions[slot] = function;
    }

    /// <summary>The number by which an interrupt translation service knows function 0 of a device on bus 0 (its requester ID).</summary>
    public static uint DeviceId(int device) => (uint)(device * FunctionsPerDevice);

    private ulong Place(string name, PciBar bar)
    {
        bool high = bar.Is64Bit && bar.Prefetchable;
        AddressRange window = high ? _highWindow : _lowWindow;
        ulong next = high ? _highNext : _lowNext;
        ulong address = (next + bar.Size - 1) & ~(bar.Size - 1);
        if (address < next || !window.Contains(address, bar.Size))
        {
            throw new InvalidOperationException(
                $"{name}: BAR {bar.Index} of 0x{bar.Size:x} bytes does not fit into the PCI window {window}, in use up to 0x{next:x}");
        }

        if (high)
        {
            _highNext = address + bar.Size;
        }
        else
        {
            _lowNext = address + bar.Size;
        }

        return address;
    }

    private IPciFunction? FunctionAt(ulong offset, int length, out int register)
    {
        register = (int)(offset % PCI_CFG_SPACE_SIZE);
        ulong slot = offset / PCI_CFG_SPACE_SIZE; // the bus number is above device and function
        return slot < (ulong)_functions.Length && length <= PCI_CFG_SPACE_SIZE - register ? _functions[slot] : null;
    }

    // A handful of regions, so a scan is as fast as a search; it reads each address as the guest has it now.
    private bool Find(ulong address, int length, out Region found, out ulong offset)
    {
        foreach (Region region in _regions)
        {
            ulong start = region.Function.Configuration.BarAddress(region.Bar);
            offset = address - start;
            if (start != PciConfigurationSpace.Unmapped && address >= start && offset < region.Size && (ulong)length <= region.Size - offset)
            {
                found = region;
                return true;
            }
        }

        found = default;
        offset = 0;
        return false;
    }

    private readonly record struct Region(IPciFunction Function, int Bar, ulong Size);

    private sealed class ConfigurationDevice(PciHost host) : IMmioDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            if (host.FunctionAt(offset, data.Length, out int register) is { } function)
            {
                function.ReadConfiguration(register, data);
            }
            else
            {
                data.Fill(0xff);
            }
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data) =>
            host.FunctionAt(offset, data.Length, out int register)?.WriteConfiguration(register, data);
    }

    private sealed class WindowDevice(PciHost host, ulong start) : IMmioDevice
    {
        public void Read(ulong offset, Span<byte> data)
        {
            if (host.Find(start + offset, data.Length, out Region region, out ulong inside))
            {
                region.Function.ReadBar(region.Bar, inside, data);
            }
            else
            {
                data.Fill(0xff);
            }
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data)
        {
            if (host.Find(start + offset, data.Length, out Region region, out ulong inside))
            {
                region.Function.WriteBar(region.Bar, inside, data);
            }
        }
    }
}
