using Virtio.Pci;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Pci;

public sealed class VirtioPciFunctionTests : IDisposable
{
    private const ulong Start = PciDriver.MemoryStart;

    private readonly ScriptedDevice _device = new();
    private readonly PciDriver _driver;

    public VirtioPciFunctionTests() => _driver = new PciDriver(_device);

    public void Dispose() => _driver.Dispose();

    [Theory]
    [InlineData(VirtioDeviceType.Net, 0x1041u, 0x020000u)]
    [InlineData(VirtioDeviceType.Block, 0x1042u, 0x018000u)]
    [InlineData(VirtioDeviceType.Console, 0x1043u, 0x078000u)]
    [InlineData(VirtioDeviceType.Rng, 0x1044u, 0x00ff00u)]
    [InlineData(VirtioDeviceType.Vsock, 0x1053u, 0x00ff00u)]
    public void A_function_has_the_identity_of_crosvm(VirtioDeviceType type, uint id, uint classCode)
    {
        using var driver = new PciDriver(new ScriptedDevice { DeviceType = type });

        Assert.Equal((id << 16) | 0x1af4, driver.ReadConfig(PCI_VENDOR_ID));
        Assert.Equal((id << 16) | 0x1af4, driver.ReadConfig(PCI_SUBSYSTEM_VENDOR_ID));
        Assert.Equal((classCode << 8) | 1, driver.ReadConfig(PCI_REVISION_ID));
        Assert.Equal(1u, driver.ReadConfig(PCI_INTERRUPT_PIN, 1));
    }

    [Theory]
    [InlineData(VIRTIO_PCI_CAP_COMMON_CFG, 0x0000u, 56u)]
    [InlineData(VIRTIO_PCI_CAP_ISR_CFG, 0x1000u, 1u)]
    [InlineData(VIRTIO_PCI_CAP_DEVICE_CFG, 0x2000u, 0x1000u)]
    [InlineData(VIRTIO_PCI_CAP_NOTIFY_CFG, 0x3000u, 0x1000u)]
    public void A_driver_finds_each_structure_where_crosvm_has_it(byte type, uint offset, uint length)
    {
        int capability = _driver.Capability(PCI_CAP_ID_VNDR, type);

        Assert.Equal(0u, _driver.ReadConfig(capability + VIRTIO_PCI_CAP_BAR, 1));
        Assert.Equal(offset, _driver.ReadConfig(capability + VIRTIO_PCI_CAP_OFFSET));
        Assert.Equal(length, _driver.ReadConfig(capability + VIRTIO_PCI_CAP_LENGTH));
        Assert.Equal(type == VIRTIO_PCI_CAP_NOTIFY_CFG ? 20u : 16u, _driver.ReadConfig(capability + 2, 1));
    }

    [Fact]
    public void Region_0_is_32_KiB_of_32_bit_memory_with_a_multiplier_of_4_and_a_vector_for_each_queue_and_the_configuration()
    {
        _driver.WriteConfig(PCI_BASE_ADDRESS_0, uint.MaxValue);
        Assert.Equal(0xffff_8000u, _driver.ReadConfig(PCI_BASE_ADDRESS_0));
        Assert.Equal(4u, _driver.ReadConfig(_driver.Capability(PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG) + 16));
        int msix = _driver.Capability(PCI_CAP_ID_MSIX);
        Assert.Equal(2u, _driver.ReadConfig(msix + 2, 2));
        Assert.Equal(0x6000u, _driver.ReadConfig(msix + 4));
        Assert.Equal(0x7000u, _driver.ReadConfig(msix + 8));
    }

    [Fact]
    public void The_transport_adds_version_1_to_what_the_device_offers() =>
        Assert.Equal(_device.Features | VirtioFeatures.Version1, _driver.Offered);

    [Fact]
    public void A_protected_machine_offers_access_platform_and_insists_on_it()
    {
        using var driver = new PciDriver(new ScriptedDevice(), isProtected: true);

        Assert.Equal(VirtioFeatures.AccessPlatform, driver.Offered & VirtioFeatures.AccessPlatform);
        Assert.False(driver.Negotiate(VirtioFeatures.Version1));
        driver.Status = 0;
        Assert.True(driver.Negotiate(VirtioFeatures.Version1 | VirtioFeatures.AccessPlatform));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(VirtioFeatures.EventIndex)]
    [InlineData(VirtioFeatures.Version1 | VirtioFeatures.IndirectDescriptors)]
    [InlineData(VirtioFeatures.Version1 | VirtioFeatures.AccessPlatform)]
    [InlineData(ulong.MaxValue)]
    public void Features_that_were_not_offered_or_lack_version_1_are_refused(ulong features) => Assert.False(_driver.Negotiate(features));

    [Fact]
    public void Features_cannot_be_changed_after_features_ok()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1 | 1));
        _driver.Write32(VIRTIO_PCI_COMMON_GFSELECT, 0);
        _driver.Write32(VIRTIO_PCI_COMMON_GF, uint.MaxValue);
        _driver.SetQueues();
        _driver.SetDriverOk();

        Assert.Equal(VirtioFeatures.Version1 | 1, _device.Active!.Features);
    }

    [Fact]
    public void Feature_words_beyond_the_second_are_zero_and_take_nothing()
    {
        _driver.Write32(VIRTIO_PCI_COMMON_DFSELECT, 2);
        Assert.Equal(0u, _driver.Read32(VIRTIO_PCI_COMMON_DF));
        _driver.Write32(VIRTIO_PCI_COMMON_GFSELECT, uint.MaxValue);
        _driver.Write32(VIRTIO_PCI_COMMON_GF, uint.MaxValue);
        Assert.Equal(0u, _driver.Read32(VIRTIO_PCI_COMMON_GF));
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
    }

    [Fact]
    public void Driver_ok_hands_over_what_was_negotiated()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1 | VirtioFeatures.EventIndex));
        _driver.SetQueue(1, 32, Start + 0x1000, Start + 0x2002, Start + 0x3004);
        _driver.SetDriverOk();

        DeviceActivation active = _device.Active!;
        Assert.False(active.IsProtected);
        Assert.Null(active.Queues[0]);
        QueueSetup queue = active.Queues[1]!;
        Assert.Equal(1, queue.Index);
        Assert.Equal(32, queue.Size);
        Assert.Equal(
            (Start + 0x1000, Start + 0x2002, Start + 0x3004), (queue.DescriptorArea.Value, queue.DriverArea.Value, queue.DeviceArea.Value));
        Assert.Equal(0x0f, _driver.Status);
    }

    [Fact]
    public void Driver_ok_without_features_ok_needs_a_reset()
    {
        _driver.Status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_DRIVER_OK;

        Assert.True(_driver.NeedsReset);
        Assert.Null(_device.Active);
        Assert.Contains("DRIVER_OK without FEATURES_OK", Assert.Single(_driver.Reports), StringComparison.Ordinal);
        _driver.Status = 0;
        _driver.Start();
        Assert.NotNull(_device.Active);
    }

    [Theory]
    [InlineData(0, 0ul, 0x400ul, 0x800ul, false, "has 0 descriptors")]
    [InlineData(3, 0ul, 0x400ul, 0x800ul, false, "a power of two")]
    [InlineData(512, 0ul, 0x4000ul, 0x8000ul, false, "has 512 descriptors; 1 to 256")]
    [InlineData(16, 8ul, 0x400ul, 0x800ul, false, "descriptor table at 0x80000008 is not aligned to 16")]
    [InlineData(16, 0ul, 0x401ul, 0x800ul, false, "available ring at 0x80000401 is not aligned to 2")]
    [InlineData(16, 0ul, 0x400ul, 0x802ul, false, "used ring at 0x80000802 is not aligned to 4")]
    [InlineData(16, 0xfff10ul, 0x400ul, 0x800ul, false, "descriptor table of 256 bytes at 0x800fff10 lies outside")]
    [InlineData(16, 0ul, 0xfffdcul, 0x800ul, false, "available ring of 38 bytes")]
    [InlineData(16, 0ul, 0x400ul, 0xfff7cul, false, "used ring of 134 bytes")]
    [InlineData(16, 0xffff_ffff_7fff_fff0ul, 0x400ul, 0x800ul, false, "descriptor table of 256 bytes at 0xfffffffffffffff0 lies outside")]
    [InlineData(16, 0xffff_ffff_8000_0000ul, 0x400ul, 0x800ul, false, "descriptor table of 256 bytes at 0x0 lies outside")]
    [InlineData(257, 0ul, 0x4000ul, 0x8000ul, true, "has 257 descriptors; 1 to 256, are possible")]
    [InlineData(7, 8ul, 0x400ul, 0x800ul, true, "descriptor ring at 0x80000008 is not aligned to 16")]
    [InlineData(7, 0ul, 0x402ul, 0x800ul, true, "driver event suppression at 0x80000402 is not aligned to 4")]
    [InlineData(7, 0ul, 0x400ul, 0x100000ul, true, "device event suppression of 4 bytes at 0x80100000 lies outside")]
    public void A_queue_that_breaks_the_rules_needs_a_reset(
        int size, ulong descriptors, ulong driver, ulong device, bool packed, string reason)
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1 | (packed ? VirtioFeatures.PackedRing : 0)));
        _driver.SetQueue(0, (ushort)size, unchecked(Start + descriptors), unchecked(Start + driver), unchecked(Start + device));
        _driver.SetDriverOk();

        Assert.True(_driver.NeedsReset);
        Assert.Null(_device.Active);
        Assert.Contains(reason, Assert.Single(_driver.Reports), StringComparison.Ordinal);
        _driver.Status = 0;
        Assert.Equal(0, _driver.Status);
        _driver.Start();
        Assert.NotNull(_device.Active);
    }

    [Fact]
    public void Rings_that_end_where_memory_ends_are_taken()
    {
        ulong end = Start + PciDriver.MemorySize;
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.SetQueue(0, 16, end - 256, Start, Start + 0x100);
        _driver.SetQueue(1, 1, Start + 0x200, end - 8, Start + 0x300);
        _driver.SetDriverOk();

        Assert.False(_driver.NeedsReset);
        Assert.NotNull(_device.Active);
    }

    [Fact]
    public void A_packed_queue_may_have_any_size()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1 | VirtioFeatures.PackedRing));
        _driver.SetQueue(0, 7, Start, Start + 0x404, Start + 0x808);
        _driver.SetDriverOk();

        Assert.Equal(7, _device.Active!.Queues[0]!.Size);
    }

    [Fact]
    public void Queue_registers_cannot_be_changed_once_the_queue_is_enabled()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.SetQueue(0, 16, Start, Start + 0x400, Start + 0x800);
        _driver.SetQueue(0, 256, Start + 0x10000, Start + 0x20000, Start + 0x30000);
        _driver.Write16(VIRTIO_PCI_COMMON_Q_ENABLE, 0);

        Assert.Equal(16, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(Start, _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO));
        Assert.Equal(Start + 0x400, _driver.Read64(VIRTIO_PCI_COMMON_Q_AVAILLO));
        Assert.Equal(Start + 0x800, _driver.Read64(VIRTIO_PCI_COMMON_Q_USEDLO));
        Assert.Equal(1, _driver.Read16(VIRTIO_PCI_COMMON_Q_ENABLE));
    }

    [Fact]
    public void Queues_cannot_be_changed_or_enabled_while_the_device_is_active()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.SetQueue(0, 16, Start, Start + 0x400, Start + 0x800);
        _driver.SetDriverOk();
        QueueSetup before = _device.Active!.Queues[0]!;
        _driver.SetQueue(0, 256, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);
        _driver.SetQueue(1, 32768, ulong.MaxValue, 1, 1);

        Assert.Equal(64, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(0, _driver.Read16(VIRTIO_PCI_COMMON_Q_ENABLE));
        Assert.Equal(before, _device.Active!.Queues[0]);
        Assert.Null(_device.Active!.Queues[1]);
        Assert.False(_driver.NeedsReset);
    }

    [Fact]
    public void A_queue_that_is_not_there_reads_as_nothing_and_takes_nothing()
    {
        _driver.SetQueue(2, 16, Start, Start, Start);
        Assert.Equal(0, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(0, _driver.Read16(VIRTIO_PCI_COMMON_Q_ENABLE));
        Assert.Equal(0u, _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO));
        _driver.UseVector(2, 0);
        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_Q_MSIX));
        _driver.UseVector(65535, 0);
        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_Q_MSIX));
    }

    [Fact]
    public void Each_queue_shows_its_largest_size_and_its_notification()
    {
        Assert.Equal(2, _driver.Read16(VIRTIO_PCI_COMMON_NUMQ));
        for (ushort i = 0; i < 2; i++)
        {
            _driver.Write16(VIRTIO_PCI_COMMON_Q_SELECT, i);
            Assert.Equal(_device.QueueSizes[i], _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
            Assert.Equal(i, _driver.Read16(VIRTIO_PCI_COMMON_Q_NOFF));
        }
    }

    [Fact]
    public void The_devices_configuration_is_reached_at_any_width()
    {
        _driver.Write32(0x2002, 0x11223344);
        Assert.Equal(0x3344_0000u, _driver.Read32(0x2000));
        Assert.Equal(0x22, _driver.Read8(0x2004));
        Assert.Equal(0u, _driver.Read64(0x2000 + 24));
        Assert.Equal(0u, _driver.Read32(0x2ffe)); // leaves the structure
    }

    [Fact]
    public void A_change_of_configuration_has_a_new_generation()
    {
        _driver.Start();
        byte before = _driver.Read8(VIRTIO_PCI_COMMON_CFGGENERATION);
        _device.Active!.Signals.ConfigurationChanged();

        Assert.Equal((byte)(before + 1), _driver.Read8(VIRTIO_PCI_COMMON_CFGGENERATION));
    }

    [Fact]
    public void Stores_of_parts_of_a_register_keep_the_rest_and_wide_ones_reach_each()
    {
        Span<byte> wide = [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe];
        _driver.Function.WriteBar(0, VIRTIO_PCI_COMMON_Q_DESCLO, wide);
        Assert.Equal(0xfedc_ba98_7654_3210, _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO));
        _driver.Write8(VIRTIO_PCI_COMMON_Q_DESCLO + 3, 0xff);
        Assert.Equal(0xfedc_ba98_ff54_3210, _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO));

        // Status 3, a generation that is not writable, queue 1, size 8, vector 1: one store, from left to right.
        _driver.Function.WriteBar(0, VIRTIO_PCI_COMMON_STATUS, [3, 0xff, 1, 0, 8, 0, 1, 0]);
        Assert.Equal(3, _driver.Status);
        Assert.Equal(0, _driver.Read8(VIRTIO_PCI_COMMON_CFGGENERATION));
        Assert.Equal(1, _driver.Read16(VIRTIO_PCI_COMMON_Q_SELECT));
        Assert.Equal(8, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(1, _driver.Read16(VIRTIO_PCI_COMMON_Q_MSIX));
    }

    [Fact]
    public void A_driver_without_a_mapping_reaches_the_region_through_the_configuration_space()
    {
        int window = _driver.Capability(PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG);
        void Aim(uint offset, uint length, uint bar = 0)
        {
            _driver.WriteConfig(window + VIRTIO_PCI_CAP_BAR, bar, 1);
            _driver.WriteConfig(window + VIRTIO_PCI_CAP_OFFSET, offset);
            _driver.WriteConfig(window + VIRTIO_PCI_CAP_LENGTH, length);
        }

        Aim(VIRTIO_PCI_COMMON_NUMQ, 2);
        Assert.Equal(2u, _driver.ReadConfig(window + CapabilityData, 2));
        Aim(0x2004, 4);
        _driver.WriteConfig(window + CapabilityData, 0xa1b2c3d4);
        Assert.Equal(0xa1b2c3d4, _driver.Read32(0x2004));
        Aim(VIRTIO_PCI_COMMON_STATUS, 1);
        _driver.WriteConfig(window + CapabilityData, 3, 1);
        Assert.Equal(3, _driver.Status);

        foreach ((uint offset, uint length, uint bar) in (ReadOnlySpan<(uint, uint, uint)>)[(0, 3, 0), (0, 8, 0), (2, 4, 0), (0x8000, 4, 0), (uint.MaxValue - 3, 4, 0), (0x2000, 4, 1), (0x2000, 0, 0)])
        {
            Aim(offset, length, bar);
            _driver.WriteConfig(window + CapabilityData, uint.MaxValue);
            _driver.ReadConfig(window + CapabilityData);
        }

        Assert.Equal(0u, _driver.Read32(0x2000));
        Assert.Equal(3, _driver.Status);
    }

    [Fact]
    public void A_store_to_the_notifications_that_reaches_user_space_signals_the_queue()
    {
        _driver.Start();
        _driver.Write16(0x3004, 1);

        Assert.True(_device.Active!.Queues[1]!.Kick.TryConsume(out ulong count));
        Assert.Equal(1u, count);
        Assert.False(_device.Active!.Queues[0]!.Kick.TryConsume());
        _driver.Write16(0x3006, 1);
        _driver.Write16(0x3008, 2);
        _driver.Write32(0x3ffc, 1);
        Assert.False(_device.Active!.Queues[1]!.Kick.TryConsume());
        Assert.Equal(0u, _driver.Read32(0x3000));
    }

    [Fact]
    public void Notifications_follow_the_region_while_the_device_is_active()
    {
        Assert.Empty(_driver.Wiring.Kicks);
        _driver.Start();
        Assert.Equal([PciDriver.Bar + 0x3000, PciDriver.Bar + 0x3004], _driver.Wiring.Kicks.Keys.Order());
        Assert.Same(_device.Active!.Queues[1]!.Kick, _driver.Wiring.Kicks[PciDriver.Bar + 0x3004]);

        _driver.WriteConfig(PCI_BASE_ADDRESS_0, 0x210_0000);
        Assert.Equal([0x210_3000ul, 0x210_3004ul], _driver.Wiring.Kicks.Keys.Order());
        _driver.SetCommand(PCI_COMMAND_MASTER);
        Assert.Empty(_driver.Wiring.Kicks);
        _driver.SetCommand(PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
        Assert.Equal(2, _driver.Wiring.Kicks.Count);
        _driver.Status = 0;
        Assert.Empty(_driver.Wiring.Kicks);
    }

    [Fact]
    public void Notifications_that_the_kernel_cannot_take_come_through_user_space()
    {
        _driver.Wiring.Refuses = true;
        _driver.Start();
        _driver.Write16(0x3000, 0);

        Assert.Empty(_driver.Wiring.Kicks);
        Assert.True(_device.Active!.Queues[0]!.Kick.TryConsume());
        _driver.Status = 0;
    }

    [Fact]
    public void A_device_that_cannot_start_needs_a_reset_and_harms_nobody()
    {
        _device.ActivationFault = new InvalidOperationException("no back end");
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.SetQueues();
        _driver.SetDriverOk();

        Assert.True(_driver.NeedsReset);
        Assert.Contains("no back end", Assert.Single(_driver.Reports), StringComparison.Ordinal);
        _driver.Status = 0;
        Assert.Equal(1, _device.Resets);
        Assert.Equal(0, _driver.Status);
    }

    [Fact]
    public void A_device_with_more_queues_than_the_layout_has_room_for_is_refused()
    {
        using var loop = new Kvm.Interop.Events.EventLoop("test", _ => { });
        var device = new ScriptedDevice { QueueSizes = [.. Enumerable.Repeat((ushort)16, 256)] };

        var error = Assert.Throws<ArgumentException>(
            () => new VirtioPciFunction(device, _driver.Memory, false, new RecordingWiring(), null, loop, _ => { }));

        Assert.Contains("256 queues; a PCI function has room for 255", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_notifications_and_interrupts_allocate_nothing()
    {
        _driver.Start();
        _driver.EnableMsix();
        _driver.SetVector(1, 0x4001_0040, 5);
        _driver.UseVector(0, 1);
        IQueueInterrupt interrupt = _device.Active!.Queues[0]!.Interrupt;

        long allocated = Allocations.OfThousand(() =>
        {
            _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO);
            _driver.Write16(VIRTIO_PCI_COMMON_Q_SELECT, 1);
            _driver.Read8(0x1000);
            _driver.Write32(0x2000, 1);
            _driver.Write16(0x3000, 0);
            _driver.Read64(0x6000);
            _driver.ReadConfig(PCI_COMMAND);
            _driver.ReadConfig(0x34);
            interrupt.Signal();
        });

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_function_disposes_its_device()
    {
        var device = new ScriptedDevice();
        using (var driver = new PciDriver(device))
        {
            driver.Start();
        }

        Assert.True(device.IsDisposed);
    }
}
