using Virtio.Pci;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Pci;

public sealed class VirtioPciInterruptTests : IDisposable
{
    private const ulong Doorbell = 0x4001_0040;

    private readonly ScriptedDevice _device = new();
    private readonly PciDriver _driver;

    public VirtioPciInterruptTests() => _driver = new PciDriver(_device);

    private IQueueInterrupt Queue0 => _device.Active!.Queues[0]!.Interrupt;

    public void Dispose() => _driver.Dispose();

    [Fact]
    public void With_messages_each_signal_sends_the_vectors_message_and_the_pin_is_dead()
    {
        StartWithMessages();
        Queue0.Signal();
        Assert.Equal([(Doorbell, 11u)], _driver.Wiring.Deliver());
        _device.Active!.Queues[1]!.Interrupt.Signal();
        _device.Active!.Signals.ConfigurationChanged();

        Assert.Equal([(Doorbell, 10u), (Doorbell, 11u), (Doorbell, 12u)], _driver.Wiring.Deliver().Order());
        Assert.False(_driver.Line.Trigger.TryConsume());
        Assert.Equal(0u, _driver.ReadConfig(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
        Assert.Equal(VIRTIO_PCI_ISR_CONFIG, _driver.Read8(0x1000));
    }

    [Fact]
    public void Queues_may_share_a_vector()
    {
        StartWithMessages();
        _driver.UseVector(1, 1);
        Queue0.Signal();
        _device.Active!.Queues[1]!.Interrupt.Signal();

        Assert.Equal([(Doorbell, 11u), (Doorbell, 11u)], _driver.Wiring.Deliver());
    }

    [Fact]
    public void A_masked_vector_stays_pending_and_is_sent_once_when_it_is_unmasked()
    {
        StartWithMessages();
        _driver.Write32(0x6000 + 16 + 12, 1);
        Assert.Equal(2, _driver.Wiring.Interrupts.Count);
        Assert.Equal(0u, _driver.Read64(0x7000));
        Queue0.Signal();
        Queue0.Signal();

        Assert.Empty(_driver.Wiring.Deliver());
        Assert.Equal(0b010u, _driver.Read64(0x7000));
        Assert.Equal(0b010, _driver.Read8(0x7000));
        Assert.Equal(0, _driver.Read8(0x7001));
        _driver.Write32(0x6000 + 16 + 12, 0);
        Assert.Equal([(Doorbell, 11u)], _driver.Wiring.Deliver());
        Assert.Equal(0u, _driver.Read64(0x7000));
        _driver.Write32(0x6000 + 16 + 12, 1);
        Assert.Equal(0u, _driver.Read64(0x7000));
    }

    [Fact]
    public void The_functions_mask_holds_back_all_vectors()
    {
        StartWithMessages();
        _driver.EnableMsix(maskAll: true);
        Queue0.Signal();
        _device.Active!.Signals.ConfigurationChanged();

        Assert.Empty(_driver.Wiring.Interrupts);
        Assert.Equal(0b011u, _driver.Read64(0x7000));
        _driver.EnableMsix();
        Assert.Equal([(Doorbell, 10u), (Doorbell, 11u)], _driver.Wiring.Deliver().Order());
    }

    [Fact]
    public void A_function_that_may_not_master_the_bus_sends_nothing_until_it_may()
    {
        StartWithMessages();
        _driver.SetCommand(PCI_COMMAND_MEMORY);
        Queue0.Signal();
        Assert.Empty(_driver.Wiring.Deliver());
        _driver.SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

        Assert.Equal([(Doorbell, 11u)], _driver.Wiring.Deliver());
    }

    [Fact]
    public void A_source_without_a_vector_interrupts_nobody()
    {
        StartWithMessages();
        _driver.UseVector(0, PciDriver.NoVector);
        Queue0.Signal();

        Assert.Empty(_driver.Wiring.Deliver());
        Assert.Equal(0u, _driver.Read64(0x7000));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x100)]
    [InlineData(0xfffe)]
    public void A_vector_that_is_not_there_is_none(int vector)
    {
        _driver.UseVector(0, (ushort)vector);
        _driver.Write16(VIRTIO_PCI_COMMON_MSIX, (ushort)vector);

        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_Q_MSIX));
        Assert.Equal(PciDriver.NoVector, _driver.Read16(VIRTIO_PCI_COMMON_MSIX));
    }

    [Fact]
    public void A_message_that_changes_is_the_one_that_is_sent()
    {
        StartWithMessages();
        _driver.Write32(0x6000 + 16 + 8, 99);
        Queue0.Signal();

        Assert.Equal([(Doorbell, 99u)], _driver.Wiring.Deliver());
    }

    [Fact]
    public void The_table_keeps_messages_and_mask_bits_and_nothing_else()
    {
        _driver.Write64(0x6008, ulong.MaxValue);
        Assert.Equal(0x1_ffff_fffful, _driver.Read64(0x6008));
        _driver.Write32(0x6000 + (3 * 16), uint.MaxValue);
        Assert.Equal(0u, _driver.Read32(0x6000 + (3 * 16)));
        _driver.Write32(0x7000, uint.MaxValue);
        Assert.Equal(0u, _driver.Read32(0x7000));
        Assert.Equal(1u, _driver.Read32(0x6000 + 16 + 12)); // masked from the start
    }

    [Fact]
    public void The_eventfd_of_an_interrupt_is_the_same_whatever_the_driver_does_with_its_vector()
    {
        StartWithMessages();
        Kvm.Interop.Events.EventFd trigger = Queue0.Trigger;
        _driver.Write32(0x6000 + 16 + 12, 1);
        _driver.UseVector(0, PciDriver.NoVector);
        _driver.EnableMsix(enable: false);
        _driver.UseVector(0, 2);
        _driver.EnableMsix();

        Assert.Same(trigger, Queue0.Trigger);
        Assert.Contains(trigger, _driver.Wiring.Interrupts.Keys);
    }

    [Fact]
    public void A_kernel_that_refuses_an_irqfd_leaves_the_interrupt_pending()
    {
        _driver.Wiring.Refuses = true;
        StartWithMessages();
        Queue0.Signal();

        Assert.Equal(0b010u, _driver.Read64(0x7000));
        _driver.Wiring.Refuses = false;
        _driver.EnableMsix();
        Assert.Equal([(Doorbell, 11u)], _driver.Wiring.Deliver());
    }

    [Fact]
    public void A_reset_ends_the_wiring_and_forgets_what_is_pending()
    {
        StartWithMessages();
        _driver.EnableMsix(maskAll: true);
        Queue0.Signal();
        _driver.Status = 0;
        Assert.Empty(_driver.Wiring.Interrupts);
        StartWithMessages();

        Assert.Equal(0u, _driver.Read64(0x7000));
        Assert.Empty(_driver.Wiring.Deliver());
    }

    [Fact]
    public void Without_messages_a_signal_raises_the_line_until_the_status_is_read()
    {
        _driver.Start();
        Queue0.Signal();

        Assert.True(_driver.Line.Trigger.TryConsume());
        Assert.Equal(PCI_STATUS_INTERRUPT, _driver.ReadConfig(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
        Queue0.Signal(); // the line is up: no second system call
        Assert.False(_driver.Line.Trigger.TryConsume());
        Assert.Equal(IsrQueue, _driver.Read8(0x1000));
        Assert.Equal(0, _driver.Read8(0x1000));
        Assert.Equal(0u, _driver.ReadConfig(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
        _device.Active!.Signals.ConfigurationChanged();
        Assert.True(_driver.Line.Trigger.TryConsume());
        Assert.Equal(VIRTIO_PCI_ISR_CONFIG, _driver.Read8(0x1000));
    }

    [Fact]
    public void At_the_end_of_an_interrupt_the_line_is_raised_again_while_the_status_has_not_been_read()
    {
        _driver.Start();
        Queue0.Signal();
        Assert.True(_driver.Line.Trigger.TryConsume());
        _driver.Line.Resample.Signal();
        PciDriver.Eventually(() => _driver.Line.Trigger.TryConsume());
        _driver.Read8(0x1000);
        _driver.Line.Resample.Signal();
        PciDriver.Eventually(() => !_driver.Line.Resample.WaitReadable(0));
        Queue0.Signal(); // its own raise, and that alone
        Assert.True(_driver.Line.Trigger.TryConsume(out ulong count));
        Assert.Equal(1u, count);
    }

    [Fact]
    public void Functions_that_share_a_line_keep_it_up_for_each_other()
    {
        var other = new ScriptedDevice();
        using var function = new VirtioPciFunction(
            other, _driver.Memory, false, new RecordingWiring(), _driver.Line, _driver.Loop, _ => { });
        _driver.Start();
        Queue0.Signal();
        Assert.True(_driver.Line.Trigger.TryConsume());

        // The guest ends the interrupt after it has served the other function only.
        Span<byte> status = stackalloc byte[1];
        function.ReadBar(0, 0x1000, status);
        Assert.Equal(0, status[0]);
        _driver.Line.Resample.Signal();
        PciDriver.Eventually(() => _driver.Line.Trigger.TryConsume());
        Assert.Equal(IsrQueue, _driver.Read8(0x1000));
    }

    [Fact]
    public void A_back_end_that_signals_the_eventfd_asserts_the_pin_too()
    {
        _driver.Start();
        Queue0.Trigger.Signal();

        PciDriver.Eventually(() => _driver.Line.Trigger.TryConsume());
        Assert.Equal(IsrQueue, _driver.Read8(0x1000));
    }

    [Fact]
    public void A_pin_that_is_disabled_keeps_its_status_and_is_raised_when_it_is_enabled()
    {
        _driver.Start();
        _driver.SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
        Queue0.Signal();

        Assert.False(_driver.Line.Trigger.TryConsume());
        Assert.Equal(PCI_STATUS_INTERRUPT, _driver.ReadConfig(PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
        _driver.SetCommand(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        Assert.True(_driver.Line.Trigger.TryConsume());
    }

    [Fact]
    public void A_device_that_was_reset_asserts_nothing()
    {
        _driver.Start();
        IQueueInterrupt late = Queue0;
        late.Signal();
        _driver.Line.Trigger.TryConsume();
        _driver.Status = 0;
        Assert.Equal(0, _driver.Status);
        late.Signal();

        Assert.False(_driver.Line.Trigger.TryConsume());
        Assert.Equal(0, _driver.Read8(0x1000));
    }

    [Fact]
    public void A_function_without_a_line_serves_messages_alone()
    {
        var device = new ScriptedDevice();
        using var driver = new PciDriver(device, withLine: false);
        driver.Start();
        device.Active!.Queues[0]!.Interrupt.Signal();

        Assert.Equal(IsrQueue, driver.Read8(0x1000));
    }

    [Fact]
    public void A_device_that_gives_up_interrupts_the_driver()
    {
        StartWithMessages();
        _device.Active!.Fail("broken");

        Assert.Equal([(Doorbell, 10u)], _driver.Wiring.Deliver());
    }

    private void StartWithMessages()
    {
        _driver.EnableMsix(maskAll: true);
        for (int i = 0; i < 3; i++)
        {
            _driver.SetVector(i, Doorbell, 10 + (uint)i);
        }

        _driver.EnableMsix();
        Assert.True(_driver.Negotiate(VirtioFeatures.Version1));
        _driver.Write16(VIRTIO_PCI_COMMON_MSIX, 0);
        _driver.UseVector(0, 1);
        _driver.UseVector(1, 2);
        _driver.SetQueues();
        _driver.SetDriverOk();
    }
}
