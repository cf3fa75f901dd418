using Virtio.Pci;
using Vmm.Configuration;
using Vmm.Devices;
using static Virtio.Pci.PciRegisters;

namespace Vmm.Tests.Devices;

public sealed class PciHostTests
{
    private static readonly AddressRange s_low = new(0x2000000, 0x2000000);
    private static readonly AddressRange s_high = new(0x1_0000_0000, 0x1_0000_0000);

    private readonly PciHost _host = new(s_low, s_high);

    private static ulong Cam(int device, int function, int register, int bus = 0) =>
        (ulong)((bus << 16) + (device << 11) + (function << 8) + register);

    [Fact]
    public void The_host_bridge_is_where_lspci_expects_it()
    {
        _host.Add(0, new PciHostBridge());
        Assert.Equal(0x12378086u, _host.ConfigurationWindow.Read32(Cam(0, 0, PCI_VENDOR_ID)));
        Assert.Equal(0x06000000u, _host.ConfigurationWindow.Read32(Cam(0, 0, PCI_REVISION_ID)));
        Assert.Equal(0, _host.ConfigurationWindow.Read8(Cam(0, 0, PCI_HEADER_TYPE)));
    }

    [Fact]
    public void A_function_that_is_not_there_reads_as_all_ones()
    {
        _host.Add(0, new PciHostBridge());
        foreach (ulong offset in (ulong[])[Cam(1, 0, 0), Cam(0, 1, 0), Cam(31, 7, 0xfc), Cam(0, 0, 0, bus: 1), Cam(0, 0, 0, bus: 255)])
        {
            foreach (int width in MmioAccess.Widths)
            {
                Assert.Equal(ulong.MaxValue >> (64 - (width * 8)), _host.ConfigurationWindow.Load(offset & ~7ul, width));
                _host.ConfigurationWindow.Store(offset & ~7ul, 0, width);
            }
        }
    }

    [Fact]
    public void Misaligned_and_wide_accesses_are_served_by_bytes_inside_a_function_and_refused_across_its_end()
    {
        _host.Add(0, new PciHostBridge());
        IMmioDevice cam = _host.ConfigurationWindow;
        Assert.Equal(0x3780ul, cam.Load(Cam(0, 0, 1), 2));
        Assert.Equal(0x0000_0000_1237_8086ul, cam.Load(Cam(0, 0, 0), 8));
        Assert.Equal(0x0000_1237ul, cam.Load(Cam(0, 0, 2), 4)); // crosses from the identification into the command register
        Assert.Equal(0xffff_fffful, cam.Load(Cam(0, 0, 0xfe), 4));
        Assert.Equal(0ul, cam.Load(Cam(0, 0, 0xfc), 4));
    }

    [Fact]
    public void Regions_are_placed_in_order_and_reached_once_memory_decoding_is_on()
    {
        TestFunction first = new(new PciBar(0, 0x8000));
        TestFunction second = new(new PciBar(0, 0x100), new PciBar(2, 0x4000_0000, Is64Bit: true, Prefetchable: true));
        _host.Add(1, first);
        _host.Add(2, second);
        Assert.Equal(0x2000000u, _host.ConfigurationWindow.Read32(Cam(1, 0, PCI_BASE_ADDRESS_0)));
        Assert.Equal(0x2008000u, _host.ConfigurationWindow.Read32(Cam(2, 0, PCI_BASE_ADDRESS_0)));
        Assert.Equal(0x1_0000_000cul, _host.ConfigurationWindow.Load(Cam(2, 0, PCI_BASE_ADDRESS_0 + 8), 8));

        Assert.Equal(0xffffffffu, _host.LowWindow.Read32(0x10));
        _host.ConfigurationWindow.Store(Cam(1, 0, PCI_COMMAND), PCI_COMMAND_MEMORY, 2);
        Assert.Equal(0x10u, _host.LowWindow.Read32(0x10));
        _host.LowWindow.Write32(0x7ffc, 9);
        Assert.Equal((0, 0x7ffcul), first.LastWrite);
        Assert.Equal(0xffffffffu, _host.LowWindow.Read32(0x8000)); // the neighbour does not decode yet
        Assert.Equal(0xffff_ffff_ffff_fffful, _host.LowWindow.Load(0x7ffc, 8)); // crosses the end

        _host.ConfigurationWindow.Store(Cam(2, 0, PCI_COMMAND), PCI_COMMAND_MEMORY, 2);
        Assert.Equal(0x20u, _host.HighWindow.Read32(0x20));
        _host.HighWindow.Write8(5, 1);
        Assert.Equal((2, 5ul), second.LastWrite);
    }

    [Fact]
    public void A_region_that_the_guest_moves_is_found_at_its_new_place_only()
    {
        TestFunction function = new(new PciBar(0, 0x1000));
        _host.Add(1, function);
        IMmioDevice cam = _host.ConfigurationWindow;
        cam.Write32(Cam(1, 0, PCI_BASE_ADDRESS_0), 0xffffffff);
        Assert.Equal(0xfffff000u, cam.Read32(Cam(1, 0, PCI_BASE_ADDRESS_0)));
        cam.Write32(Cam(1, 0, PCI_BASE_ADDRESS_0), 0x3000000);
        cam.Store(Cam(1, 0, PCI_COMMAND), PCI_COMMAND_MEMORY, 2);
        Assert.Equal(0xffffffffu, _host.LowWindow.Read32(0));
        Assert.Equal(4u, _host.LowWindow.Read32(0x1000004));
        cam.Store(Cam(1, 0, PCI_COMMAND), 0, 2);
        Assert.Equal(0xffffffffu, _host.LowWindow.Read32(0x1000004));
    }

    [Fact]
    public void A_second_function_marks_its_device_as_multifunction()
    {
        Assert.Throws<ArgumentException>(() => _host.Add(3, new TestFunction(), number: 1));
        _host.Add(3, new TestFunction());
        _host.Add(3, new TestFunction(), number: 7);
        Assert.Equal(PCI_HEADER_TYPE_MFD, _host.ConfigurationWindow.Read8(Cam(3, 0, PCI_HEADER_TYPE)));
        Assert.Equal(0x1af4ul, _host.ConfigurationWindow.Load(Cam(3, 7, PCI_VENDOR_ID), 2));
    }

    [Fact]
    public void A_place_that_is_taken_or_does_not_exist_is_refused()
    {
        _host.Add(0, new PciHostBridge());
        Assert.Contains("00.0", Assert.Throws<ArgumentException>(() => _host.Add(0, new PciHostBridge())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _host.Add(32, new PciHostBridge()));
        Assert.Throws<ArgumentException>(() => _host.Add(1, new PciHostBridge(), number: 8));
    }

    [Fact]
    public void A_window_without_room_is_named_with_the_region_that_did_not_fit()
    {
        _host.Add(1, new TestFunction(new PciBar(0, 0x1000)));
        string message = Assert.Throws<InvalidOperationException>(() => _host.Add(2, new TestFunction(new PciBar(4, 0x2000000)))).Message;
        Assert.Contains("02.0", message, StringComparison.Ordinal);
        Assert.Contains("BAR 4", message, StringComparison.Ordinal);
        Assert.Contains("0x2000000-0x3ffffff", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_random_driver_of_100000_steps_is_harmless_and_allocates_nothing()
    {
        _host.Add(0, new PciHostBridge());
        _host.Add(1, new TestFunction(new PciBar(0, 0x8000), new PciBar(2, 0x1000, Is64Bit: true)));
        Assert.Equal(0, _host.ConfigurationWindow.Hammer(0x1100, 100_000, seed: 21));
        Assert.Equal(0, _host.LowWindow.Hammer(0x10000, 100_000, seed: 22));
        Assert.Equal(0x12378086u, _host.ConfigurationWindow.Read32(0));
    }

    /// <summary>Regions that read as their own offset.</summary>
    private sealed class TestFunction : IPciFunction
    {
        internal TestFunction(params PciBar[] bars)
        {
            foreach (PciBar bar in bars)
            {
                Configuration.AddBar(bar);
            }
        }

        public PciConfigurationSpace Configuration { get; } = new(new PciIdentity(0x1af4, 0x1042, 0x018000));

        internal (int Bar, ulong Offset) LastWrite { get; private set; }

        public void ReadBar(int bar, ulong offset, Span<byte> data)
        {
            data.Clear();
            data[0] = (byte)offset;
        }

        public void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data) => LastWrite = (bar, offset);
    }
}
