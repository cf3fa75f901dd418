using System.Buffers.Binary;
using Virtio.Pci;
using static Virtio.Pci.PciRegisters;

namespace Virtio.Tests;

public sealed class PciConfigurationSpaceTests
{
    private readonly PciConfigurationSpace _space = new(new PciIdentity(0x1af4, 0x1042, 0x018000, 1, 0x1af4, 0x40));

    private uint Read32(int offset)
    {
        Span<byte> data = stackalloc byte[4];
        _space.Read(offset, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    private void Write32(int offset, uint value)
    {
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
        _space.Write(offset, data);
    }

    [Fact]
    public void The_identity_is_where_the_specification_puts_it_and_read_only()
    {
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0x10421af4u, Read32(PCI_VENDOR_ID));
            Assert.Equal(0x01800001u, Read32(PCI_REVISION_ID));
            Assert.Equal(0x00401af4u, Read32(PCI_SUBSYSTEM_VENDOR_ID));
            for (int offset = 0; offset < PCI_CFG_SPACE_SIZE; offset += 4)
            {
                Write32(offset, uint.MaxValue);
                Write32(offset, 0);
            }
        }
    }

    [Theory]
    [InlineData(0x10u, false, false)]
    [InlineData(0x1000u, false, false)]
    [InlineData(0x8000_0000u, false, true)]
    public void A_32_bit_region_answers_the_sizing_sequence(uint size, bool is64Bit, bool prefetchable)
    {
        _space.AddBar(new PciBar(1, size, is64Bit, prefetchable));
        Write32(PCI_BASE_ADDRESS_0 + 4, uint.MaxValue);
        uint answer = Read32(PCI_BASE_ADDRESS_0 + 4);
        Assert.Equal(size, ~(answer & ~0xfu) + 1);
        Assert.Equal(prefetchable ? 8u : 0u, answer & 0xf);
        Write32(PCI_BASE_ADDRESS_0, uint.MaxValue);
        Assert.Equal(0u, Read32(PCI_BASE_ADDRESS_0)); // no region there
    }

    [Theory]
    [InlineData(0x4000ul)]
    [InlineData(0x1_0000_0000ul)]
    [InlineData(0x10_0000_0000ul)]
    public void A_64_bit_region_answers_the_sizing_sequence_in_two_registers(ulong size)
    {
        _space.AddBar(new PciBar(2, size, Is64Bit: true, Prefetchable: true));
        Write32(PCI_BASE_ADDRESS_0 + 8, uint.MaxValue);
        Write32(PCI_BASE_ADDRESS_0 + 12, uint.MaxValue);
        ulong answer = ((ulong)Read32(PCI_BASE_ADDRESS_0 + 12) << 32) | Read32(PCI_BASE_ADDRESS_0 + 8);
        Assert.Equal(size, ~(answer & ~0xful) + 1);
        Assert.Equal(0xcul, answer & 0xf);
    }

    [Fact]
    public void A_region_is_decoded_only_while_memory_decoding_is_on()
    {
        _space.AddBar(new PciBar(0, 0x1000));
        _space.SetBarAddress(0, 0x2000000);
        Assert.Equal(PciConfigurationSpace.Unmapped, _space.BarAddress(0));
        _space.Write(PCI_COMMAND, [(byte)PCI_COMMAND_MEMORY, 0]);
        Assert.Equal(0x2000000ul, _space.BarAddress(0));
        _space.Write(PCI_COMMAND, [0]);
        Assert.Equal(PciConfigurationSpace.Unmapped, _space.BarAddress(0));
    }

    [Fact]
    public void A_region_can_be_moved_one_byte_at_a_time()
    {
        _space.AddBar(new PciBar(0, 0x1000));
        _space.Write(PCI_COMMAND, [(byte)PCI_COMMAND_MEMORY]);
        _space.Write(PCI_BASE_ADDRESS_0 + 3, [0x12]);
        _space.Write(PCI_BASE_ADDRESS_0 + 1, [0x3f]);
        Assert.Equal(0x12003000ul, _space.BarAddress(0));
    }

    [Fact]
    public void Only_the_bits_of_the_command_register_that_the_function_has_can_be_set()
    {
        Write32(PCI_COMMAND, uint.MaxValue);
        Assert.Equal(PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, _space.Command);
        _space.AddBar(new PciBar(0, 16));
        Write32(PCI_COMMAND, uint.MaxValue);
        Assert.Equal(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, _space.Command);
        Assert.Equal(0u, Read32(PCI_COMMAND) >> 16); // the status register is read-only
    }

    [Fact]
    public void Capabilities_form_a_chain_in_the_order_they_were_added()
    {
        int first = _space.AddCapability(PCI_CAP_ID_VNDR, [1, 2, 3]);
        int second = _space.AddCapability(PCI_CAP_ID_MSIX, [0, 0, 0, 0], [0, 0xc0]);
        Assert.Equal((PCI_STATUS_CAP_LIST, 0x40, 0x48), ((ushort)(Read32(PCI_COMMAND) >> 16), first, second));

        List<byte> ids = [];
        for (int at = (int)Read32(PCI_CAPABILITY_LIST) & 0xff; at != 0; at = (int)(Read32(at) >> 8) & 0xff)
        {
            ids.Add((byte)Read32(at));
        }

        Assert.Equal([PCI_CAP_ID_VNDR, PCI_CAP_ID_MSIX], ids);
        Write32(second, uint.MaxValue);
        Assert.Equal(0xc000_0011u, Read32(second)); // only the bits it lists
        Write32(first, 0);
        Assert.Equal(0x02014809u, Read32(first));
    }

    [Fact]
    public void A_capability_that_does_not_fit_is_refused()
    {
        _space.AddCapability(PCI_CAP_ID_VNDR, new byte[0xb8]);
        Assert.Contains("0x11", Assert.Throws<InvalidOperationException>(() => _space.AddCapability(PCI_CAP_ID_MSIX, new byte[10])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0ul, false)]
    [InlineData(0, 8ul, false)]
    [InlineData(0, 0x3000ul, false)]
    [InlineData(0, 0x1_0000_0000ul, false)]
    [InlineData(5, 0x1000ul, true)]
    [InlineData(6, 0x1000ul, false)]
    [InlineData(-1, 0x1000ul, false)]
    public void A_region_that_no_register_can_describe_is_refused(int index, ulong size, bool is64Bit)
    {
        Assert.Throws<ArgumentException>(() => _space.AddBar(new PciBar(index, size, is64Bit)));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    public void A_register_that_is_taken_is_refused(int index, bool is64Bit)
    {
        _space.AddBar(new PciBar(2, 0x1000, Is64Bit: true));
        Assert.Throws<ArgumentException>(() => _space.AddBar(new PciBar(index, 0x1000, is64Bit)));
    }

    [Fact]
    public void The_interrupt_line_is_the_guests_and_the_pin_is_not()
    {
        _space.SetInterrupt(1, 4);
        Assert.Equal(0x0104u, Read32(PCI_INTERRUPT_LINE));
        Write32(PCI_INTERRUPT_LINE, uint.MaxValue);
        Assert.Equal(0x01ffu, Read32(PCI_INTERRUPT_LINE));
    }

    [Fact]
    public void The_interrupt_status_bit_follows_the_function()
    {
        _space.SetInterruptStatus(true);
        Assert.Equal(PCI_STATUS_INTERRUPT, Read32(PCI_COMMAND) >> 16);
        _space.SetInterruptStatus(false);
        Assert.Equal(0u, Read32(PCI_COMMAND) >> 16);
    }

    [Fact]
    public void Accesses_past_the_end_read_as_all_ones_and_store_nothing()
    {
        Assert.Equal(uint.MaxValue, Read32(0xfd));
        Write32(0xfe, 0);
        Assert.Equal(uint.MaxValue, Read32(0x100));
        Assert.Equal(uint.MaxValue, Read32(-1));
        Assert.Equal(0u, Read32(0xfc));
    }
}
