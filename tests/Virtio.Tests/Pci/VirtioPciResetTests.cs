using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Pci;

public sealed class VirtioPciResetTests : IDisposable
{
    private readonly ScriptedDevice _device = new();
    private readonly PciDriver _driver;

    public VirtioPciResetTests() => _driver = new PciDriver(_device);

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void The_status_reads_as_before_until_the_device_has_let_go_of_its_queues()
    {
        _device.ResetsAtOnce = false;
        _driver.Start();
        _driver.Status = 0;

        Assert.Equal(0x0f, _driver.Status);
        _driver.Status = 0; // a second one changes nothing
        _driver.Status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
        Assert.Equal(0x0f, _driver.Status);
        Assert.Equal(1, _device.Resets);
        _device.FinishReset();
        Assert.Equal(0, _driver.Status);
    }

    [Fact]
    public void A_reset_that_another_thread_finishes_is_seen()
    {
        _device.ResetsAtOnce = false;
        _driver.Start();
        _driver.Status = 0;
        var thread = new Thread(_device.FinishReset);
        thread.Start();

        PciDriver.Eventually(() => _driver.Status == 0);
        thread.Join();
    }

    [Fact]
    public void While_a_reset_is_on_its_way_queues_and_features_stand_still()
    {
        _device.ResetsAtOnce = false;
        _driver.Start(VirtioFeatures.Version1 | 1);
        _driver.Status = 0;
        _driver.Write16(VIRTIO_PCI_COMMON_Q_SELECT, 0);
        _driver.Write16(VIRTIO_PCI_COMMON_Q_SIZE, 8);
        _driver.Write32(VIRTIO_PCI_COMMON_GFSELECT, 0);
        _driver.Write32(VIRTIO_PCI_COMMON_GF, 0);

        Assert.Equal(16, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(1u, _driver.Read32(VIRTIO_PCI_COMMON_GF));
        _device.FinishReset();
    }

    [Fact]
    public void A_reset_takes_back_everything_the_driver_has_set()
    {
        _driver.Start(VirtioFeatures.Version1 | 1);
        _driver.UseVector(1, 2);
        _driver.Write16(VIRTIO_PCI_COMMON_MSIX, 0);
        _driver.Write16(0x3000, 0);
        _driver.Status = 0;

        Assert.Equal(0, _driver.Status);
        _driver.Write16(VIRTIO_PCI_COMMON_Q_SELECT, 1);
        Assert.Equal(64, _driver.Read16(VIRTIO_PCI_COMMON_Q_SIZE));
        Assert.Equal(0, _driver.Read16(VIRTIO_PCI_COMMON_Q_ENABLE));
        Assert.Equal(0u, _driver.Read64(VIRTIO_PCI_COMMON_Q_DESCLO));
        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_Q_MSIX));
        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_MSIX));
        _driver.Write32(VIRTIO_PCI_COMMON_GFSELECT, 0);
        Assert.Equal(0u, _driver.Read32(VIRTIO_PCI_COMMON_GF));
        _driver.Start();
        Assert.False(_device.Active!.Queues[0]!.Kick.TryConsume());
    }

    [Fact]
    public void A_driver_can_come_and_go_a_thousand_times()
    {
        for (int i = 0; i < 1000; i++)
        {
            _driver.Start();
            _driver.Status = 0;
            Assert.Equal(0, _driver.Status);
        }

        Assert.Equal(1000, _device.Activations);
        Assert.Equal(1000, _device.Resets);
        Assert.Empty(_driver.Wiring.Kicks);
        Assert.Empty(_driver.Wiring.Interrupts);
    }

    [Fact]
    public void A_store_of_0_before_driver_ok_does_not_reach_the_device()
    {
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.Status = 0;
        _driver.Status = 0;

        Assert.Equal(0, _driver.Status);
        Assert.Equal(0, _device.Resets);
    }

    [Fact]
    public void Status_bits_are_only_added_and_needs_reset_is_the_devices()
    {
        _driver.Start();
        _driver.Status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
        Assert.Equal(0x0f, _driver.Status);
        _driver.Status = 0xff;
        Assert.Equal(0x8f, _driver.Status);
    }

    [Fact]
    public void A_device_that_gives_up_is_marked_reported_once_and_works_after_a_reset()
    {
        _driver.Start();
        _device.Active!.Fail("first");
        _device.Active!.Fail("second");

        Assert.Equal(0x4f, _driver.Status);
        Assert.Equal("scripted needs a reset: first", Assert.Single(_driver.Reports));
        _driver.Status = 0;
        Assert.Equal(0, _driver.Status);
        _driver.Start();
        Assert.Equal(0x0f, _driver.Status);
    }

    [Fact]
    public void A_device_that_speaks_late_does_not_keep_the_status_from_reading_0()
    {
        _driver.Start();
        IDeviceSignals signals = _device.Active!.Signals;
        _driver.Status = 0;
        signals.NeedsReset("late");
        signals.ConfigurationChanged();

        Assert.Equal(0, _driver.Status);
        Assert.Empty(_driver.Reports);
    }

    [Fact]
    public void A_driver_that_breaks_its_device_again_and_again_does_not_fill_the_log()
    {
        for (int i = 0; i < 1000; i++)
        {
            _driver.Start();
            _device.Active!.Fail("broken");
            _driver.Status = 0;
        }

        Assert.InRange(_driver.Reports.Count, 1, 30);
    }

    [Fact]
    public void Turning_memory_and_bus_mastering_off_and_on_leaves_an_active_device_working()
    {
        _driver.Start();
        DeviceActivation active = _device.Active!;
        _driver.SetCommand(0);
        _driver.SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

        Assert.Same(active, _device.Active);
        Assert.Equal(0x0f, _driver.Status);
        Assert.Equal(2, _driver.Wiring.Kicks.Count);
    }
}
