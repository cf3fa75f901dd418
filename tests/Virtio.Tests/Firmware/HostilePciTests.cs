using System.Buffers.Binary;
using Pvmfw.Disk;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;
using static Virtio.Tests.Firmware.HostileDisk;

namespace Virtio.Tests.Firmware;

/// <summary>Each way in which a configuration space can lie.</summary>
public sealed class HostilePciTests
{
    private readonly HostileDisk _disk = new();

    [Fact]
    public void A_list_of_capabilities_that_leads_back_is_refused()
    {
        _disk.Configuration[MsixCapability + 1] = CommonCapability;
        Refused(DiskFault.CapabilityLoop);
    }

    [Fact]
    public void A_capability_that_leads_to_itself_is_refused()
    {
        _disk.Configuration[CommonCapability + 1] = CommonCapability;
        Refused(DiskFault.CapabilityLoop);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0x3c)]
    public void A_capability_inside_of_the_header_is_refused(byte place)
    {
        _disk.Configuration[MsixCapability + 1] = place;
        Refused(DiskFault.BadCapabilities);
    }

    [Fact]
    public void A_function_without_capabilities_is_refused()
    {
        _disk.Set16(PCI_STATUS, 0);
        Refused(DiskFault.BadCapabilities);
    }

    [Theory]
    [InlineData(CommonCapability)]
    [InlineData(NotifyCapability)]
    [InlineData(DeviceCapability)]
    public void A_structure_that_is_missing_is_a_fault(int capability)
    {
        _disk.Configuration[capability] = 0xee;
        Refused(DiskFault.MissingStructure);
    }

    [Theory]
    [InlineData(CommonCapability)]
    [InlineData(NotifyCapability)]
    [InlineData(DeviceCapability)]
    public void A_structure_in_a_reserved_region_does_not_count(int capability)
    {
        _disk.Configuration[capability + VIRTIO_PCI_CAP_BAR] = 6;
        Refused(DiskFault.MissingStructure);
    }

    [Theory]
    [InlineData(CommonCapability, 15)]
    [InlineData(NotifyCapability, 19)]
    [InlineData(DeviceCapability, 0)]
    [InlineData(DeviceCapability, 0x9d)]
    [InlineData(DeviceCapability, 0xff)]
    public void A_capability_that_is_too_short_or_leaves_the_configuration_is_refused(int capability, byte length)
    {
        _disk.Configuration[capability + VIRTIO_PCI_CAP_LEN] = length;
        Refused(DiskFault.BadCapability);
    }

    [Fact]
    public void A_capability_at_the_very_end_is_refused()
    {
        _disk.Configuration[MsixCapability + 1] = 0xfc;
        _disk.Configuration[0xfc] = PCI_CAP_ID_VNDR;
        _disk.Configuration[0xfe] = 16;
        Refused(DiskFault.BadCapability);
    }

    [Theory]
    [InlineData(CommonCapability, 0u, 55u)]
    [InlineData(CommonCapability, 2u, 56u)]
    [InlineData(CommonCapability, 0x4000u, 56u)]
    [InlineData(CommonCapability, 0x3fccu, 56u)]
    [InlineData(CommonCapability, 0xffff_fffcu, 56u)]
    [InlineData(CommonCapability, 0xffff_fff0u, 0xffff_ffffu)]
    [InlineData(CommonCapability, 4u, 0xffff_ffffu)]
    [InlineData(NotifyCapability, 0x1001u, 0x100u)]
    [InlineData(NotifyCapability, 0x1000u, 1u)]
    [InlineData(NotifyCapability, 0x1000u, 0x3001u)]
    [InlineData(DeviceCapability, 0x3000u, 7u)]
    [InlineData(DeviceCapability, 0x3002u, 8u)]
    [InlineData(DeviceCapability, 0x3ffcu, 8u)]
    public void A_structure_that_does_not_fit_its_region_is_refused(int capability, uint offset, uint length)
    {
        _disk.Set32(capability + VIRTIO_PCI_CAP_OFFSET, offset);
        _disk.Set32(capability + VIRTIO_PCI_CAP_LENGTH, length);
        Refused(DiskFault.BadStructure);
    }

    [Theory]
    [InlineData(0u, 0xffff_c000u)]
    [InlineData(0x200_8001u, 0xffff_c000u)]
    [InlineData(0x200_8002u, 0xffff_c000u)]
    [InlineData(0x200_8006u, 0xffff_c000u)]
    [InlineData(0x200_8000u, 0xffff_c010u)]
    [InlineData(0x200_8000u, 0x0000_c000u)]
    [InlineData(0x200_8000u, 0u)]
    [InlineData(0x200_8000u, 0xffff_0000u)]
    public void A_region_without_an_address_or_of_an_impossible_kind_or_size_is_refused(uint register, uint mask)
    {
        _disk.Set32(PCI_BASE_ADDRESS_0, register);
        _disk.RegionMask = mask;
        Refused(DiskFault.BadRegion);
    }

    [Theory]
    [InlineData(0x8000_4000u, 0xffff_c000u)]
    [InlineData(0x400_0000u, 0xffff_c000u)]
    [InlineData(0x1f0_0000u, 0xffff_c000u)]
    [InlineData(0x1_0000u, 0xffff_c000u)]
    [InlineData(0xffff_c000u, 0xffff_c000u)]
    [InlineData(0x200_0000u, 0xfc00_0000u)]
    public void A_region_outside_of_the_windows_is_refused_and_never_touched(uint address, uint mask)
    {
        _disk.Set32(PCI_BASE_ADDRESS_0, address);
        _disk.RegionMask = mask;
        Refused(mask == 0xfc00_0000 ? DiskFault.BadRegion : DiskFault.RegionOutside);
    }

    [Fact]
    public void A_region_as_large_as_its_window_is_good_and_a_larger_one_is_outside()
    {
        Assert.True(TestMachine.Windows.Contains(TestMachine.LowWindow, TestMachine.LowSize));
        Assert.False(TestMachine.Windows.Contains(TestMachine.LowWindow, TestMachine.LowSize + 1));
        Assert.False(TestMachine.Windows.Contains(TestMachine.LowWindow + 16, ulong.MaxValue));
        Assert.False(TestMachine.Windows.Contains(ulong.MaxValue, 1));
        Assert.False(new PciWindows(0, 0x1000, 0x1000, 0, 0).Contains(0x2000, 1));
    }

    [Fact]
    public void A_region_of_64_bits_in_the_last_register_is_refused()
    {
        _disk.Configuration[CommonCapability + VIRTIO_PCI_CAP_BAR] = 5;
        _disk.Set32(PCI_BASE_ADDRESS_0 + 20, 0x200_8004);
        Refused(DiskFault.BadRegion);
    }

    [Fact]
    public void A_bridge_that_says_it_is_a_disk_is_refused()
    {
        _disk.Configuration[PCI_HEADER_TYPE] = 1;
        Refused(DiskFault.BadHeaderType);
    }

    [Fact]
    public void The_first_structure_of_a_type_is_the_one_that_counts()
    {
        const int Second = 0x94;
        _disk.Configuration[MsixCapability + 1] = Second;
        _disk.Configuration.AsSpan(CommonCapability, 16).CopyTo(_disk.Configuration.AsSpan(Second));
        _disk.Configuration[Second + 1] = 0;
        _disk.Set32(Second + VIRTIO_PCI_CAP_OFFSET, 0xffff_ffff);
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void A_disk_that_is_another_function_than_the_first_is_found()
    {
        HostileDisk first = new();
        first.Set16(PCI_DEVICE_ID, ModernDeviceIdBase + 4);
        first.Configuration[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_MFD;
        _disk.Function = 7;
        HostileMachine machine = new(first, _disk);
        _disk.Slot = first.Slot;
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void Regions_are_left_where_they_were_and_the_function_as_it_was_without_its_mastership()
    {
        _disk.Set16(PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        byte[] before = [.. _disk.Configuration];
        BinaryPrimitives.WriteUInt16LittleEndian(before.AsSpan(PCI_COMMAND), PCI_COMMAND_MEMORY);
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(DiskFault.None, partition.Close());
        Assert.Equal(before, _disk.Configuration);
        machine.AssertQuiet();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_configuration_spaces_never_do_more_than_be_refused(int seed)
    {
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < 800; round++)
        {
            HostileDisk disk = new();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                disk.Configuration[random.Next(3) == 0 ? random.Next(PCI_COMMAND, 0x40) : random.Next(0x40, 0x9c)] =
                    random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(1 << random.Next(8));
            }

            HostileMachine machine = new(disk) { TicksOfPause = TestMachine.TicksPerSecond };
            DiskFault fault = Open(out InstancePartition<TestPlatform> partition);
            refused += fault == DiskFault.None ? 0 : 1;
            if (fault == DiskFault.None)
            {
                Assert.Equal(DiskFault.None, partition.Close());
            }

            machine.AssertQuiet();
        }

        Assert.InRange(refused, 100, 750);
    }

    private static DiskFault Open(out InstancePartition<TestPlatform> partition) =>
        InstanceDisk.TryOpen(TestMachine.Windows, isProtected: true, out partition);

    private void Refused(DiskFault fault)
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(fault, Open(out _));
        Assert.Equal(0, _disk.Requests);
        Assert.Equal(0, _disk.Configuration[PCI_COMMAND]);
        machine.AssertQuiet();
    }
}
