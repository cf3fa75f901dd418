using Pvmfw.Disk;
using Virtio.Block;
using static Virtio.Pci.PciRegisters;
using static Virtio.Pci.VirtioPciRegisters;

namespace Virtio.Tests.Firmware;

/// <summary>Each way in which a device can lie: a fault, in a bounded time, and nothing left behind.</summary>
public sealed class HostileDeviceTests
{
    private const ulong Stopped = 0;
    private const ulong Quick = TestMachine.TicksPerSecond / 4;

    private readonly HostileDisk _disk = new();

    [Fact]
    public void The_device_is_good_while_no_test_changes_it()
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        byte[] sectors = new byte[20 * 512];
        Assert.True(partition.Read(0, sectors));
        Assert.True(partition.Write(0, sectors));
        Assert.True(partition.Flush());
        Assert.Equal(VirtioFeatures.Version1 | VirtioFeatures.AccessPlatform | VirtioBlk.VIRTIO_BLK_F_FLUSH, _disk.Accepted);
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    [InlineData(0x8000)]
    [InlineData(4)]
    public void A_used_index_that_jumps_is_a_fault(int by)
    {
        _disk.IndexOf = index => (ushort)(index - 1 + by);
        Refused(DiskFault.UsedIndexJumped);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(3u)]
    [InlineData(0x1_0000u)]
    [InlineData(uint.MaxValue)]
    public void A_completed_descriptor_that_was_not_made_available_is_a_fault(uint id)
    {
        _disk.IdOf = _ => id;
        Refused(DiskFault.WrongDescriptor);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(512u)]
    [InlineData(514u)]
    [InlineData(uint.MaxValue)]
    public void A_length_that_is_not_the_requests_is_a_fault(uint length)
    {
        _disk.LengthOf = _ => length;
        Refused(DiskFault.WrongLength);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x80)]
    [InlineData(0xff)]
    [InlineData(null)]
    public void A_status_that_is_none_or_that_was_not_written_is_a_fault(int? status)
    {
        _disk.StatusOf = _ => (byte?)status;
        Refused(DiskFault.BadStatus);
    }

    [Theory]
    [InlineData(VirtioBlk.VIRTIO_BLK_S_IOERR)]
    [InlineData(VirtioBlk.VIRTIO_BLK_S_UNSUPP)]
    public void A_request_that_the_device_fails_is_a_fault(byte status)
    {
        _disk.StatusOf = _ => status;
        Refused(DiskFault.RequestFailed);
    }

    [Fact]
    public void A_device_that_never_completes_is_given_up()
    {
        _disk.Answers = false;
        Refused(DiskFault.TimedOut, Quick);
        Assert.Equal(1, _disk.Requests);
    }

    [Fact]
    public void A_device_that_never_completes_is_given_up_also_where_the_counter_stands()
    {
        _disk.Answers = false;
        Refused(DiskFault.TimedOut, Stopped);
    }

    [Theory]
    [InlineData(VIRTIO_CONFIG_S_NEEDS_RESET)]
    [InlineData(0)]
    public void A_device_that_breaks_is_given_up_before_the_time_is_over(byte status)
    {
        _disk.Answers = false;
        HostileMachine machine = new(_disk);
        machine.AtPause = () => _disk.Status = status == 0 ? (byte)0 : (byte)(_disk.Status | status);
        Assert.Equal(DiskFault.DeviceBroken, Open(out _));
        Assert.True(machine.Ticks < TestMachine.TicksPerSecond, "the status was not looked at");
        machine.AssertQuiet();
    }

    [Fact]
    public void A_device_that_says_at_once_that_it_needs_a_reset_is_not_used()
    {
        _disk.StatusAfterStart = VIRTIO_CONFIG_S_NEEDS_RESET;
        Refused(DiskFault.DeviceBroken);
        Assert.Equal(0, _disk.Requests);
    }

    [Fact]
    public void A_device_that_is_never_reset_ends_the_search()
    {
        _disk.NeverResets = true;
        HostileDisk good = new();
        good.Set32(PCI_BASE_ADDRESS_0, (uint)TestMachine.LowWindow + 0x1_0000);
        HostileMachine machine = new(_disk, good) { TicksOfPause = Quick };
        Assert.Equal(DiskFault.ResetTimedOut, Open(out _));
        Assert.Equal(0, good.Requests);
        machine.AssertQuiet();
    }

    [Fact]
    public void A_device_that_is_not_reset_at_the_end_keeps_the_guest_from_starting()
    {
        HostileMachine machine = new(_disk) { TicksOfPause = Quick };
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        _disk.NeverResets = true;
        Assert.Equal(DiskFault.ResetTimedOut, partition.Close());
        machine.AssertQuiet();
        Assert.Equal(0, _disk.Configuration[PCI_COMMAND] & PCI_COMMAND_MASTER);
    }

    [Theory]
    [InlineData(0UL, false)]
    [InlineData(VirtioFeatures.AccessPlatform, false)]
    [InlineData(VirtioFeatures.Version1, true)]
    [InlineData(ulong.MaxValue & ~VirtioFeatures.Version1, true)]
    public void A_device_without_a_feature_that_is_needed_is_refused(ulong features, bool isProtected)
    {
        _disk.Features = features;
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.MissingFeature, Open(out _, isProtected));
        machine.AssertQuiet();
    }

    [Fact]
    public void A_VM_that_is_not_protected_does_without_access_platform_and_takes_it_where_it_is_offered()
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition, isProtected: false));
        Assert.Equal(DiskFault.None, partition.Close());
        Assert.NotEqual(0UL, _disk.Accepted & VirtioFeatures.AccessPlatform);

        _disk.Features = VirtioFeatures.Version1;
        Assert.Equal(DiskFault.None, Open(out partition, isProtected: false));
        Assert.True(partition.Flush());
        Assert.Equal(DiskFault.None, partition.Close());
        Assert.Equal(VirtioFeatures.Version1, _disk.Accepted);
        machine.AssertQuiet();
    }

    [Fact]
    public void Only_known_features_are_accepted()
    {
        _disk.Features = ulong.MaxValue & ~VirtioBlk.VIRTIO_BLK_F_RO;
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(VirtioFeatures.Version1 | VirtioFeatures.AccessPlatform | VirtioBlk.VIRTIO_BLK_F_FLUSH, _disk.Accepted);
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void A_device_that_does_not_agree_is_refused()
    {
        _disk.RefusesFeatures = true;
        Refused(DiskFault.FeaturesRefused);
    }

    [Theory]
    [InlineData(0, 256)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    public void A_queue_that_is_missing_or_too_small_is_refused(ushort queues, ushort size)
    {
        _disk.QueueCount = queues;
        _disk.QueueSize = size;
        Refused(DiskFault.QueueTooSmall);
    }

    [Theory]
    [InlineData(0x400, 4u, 0x1000u)]
    [InlineData(0x3ff, 4u, 0xffdu)]
    [InlineData(1, 1u, 0x1000u)]
    [InlineData(0xffff, 0xffff_ffffu, 0x1000u)]
    [InlineData(1, 0xffff_fffeu, 0x1000u)]
    public void A_notification_outside_of_the_notifications_is_refused(ushort offset, uint multiplier, uint length)
    {
        _disk.NotifyOffset = offset;
        _disk.Set32(HostileDisk.NotifyCapability + VIRTIO_PCI_NOTIFY_CAP_MULT, multiplier);
        _disk.Set32(HostileDisk.NotifyCapability + VIRTIO_PCI_CAP_LENGTH, length);
        Refused(DiskFault.BadNotification);
    }

    [Fact]
    public void A_configuration_that_changes_each_time_is_refused()
    {
        _disk.GenerationNeverRests = true;
        Refused(DiskFault.ConfigurationUnstable);
    }

    [Fact]
    public void A_capacity_that_changes_while_the_disk_is_used_is_a_fault()
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        _disk.Capacity = 1;
        _disk.Generation++;
        Assert.False(partition.Read(0, new byte[512]));
        Assert.Equal(DiskFault.ConfigurationChanged, partition.Fault);
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(40UL)]
    public void A_disk_too_small_for_its_partition_has_none(ulong capacity)
    {
        _disk.Capacity = capacity;
        Refused(DiskFault.NotFound);
    }

    [Fact]
    public void A_capacity_beyond_all_measure_leads_to_no_access_outside()
    {
        _disk.Capacity = ulong.MaxValue;
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(128UL, partition.SectorCount);
        Assert.False(partition.Read(128, new byte[512]));
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void After_a_fault_no_request_is_made_any_more()
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        _disk.StatusOf = _ => 9;
        Assert.False(partition.Read(0, new byte[512]));
        _disk.StatusOf = static status => status;
        int requests = _disk.Requests;
        Assert.False(partition.Read(0, new byte[512]));
        Assert.False(partition.Write(0, new byte[512]));
        Assert.False(partition.Flush());
        Assert.Equal(requests, _disk.Requests);
        Assert.Equal(DiskFault.BadStatus, partition.Fault);
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void A_bad_disk_does_not_hide_a_good_one()
    {
        _disk.IdOf = _ => 2;
        HostileDisk good = new();
        good.Set32(PCI_BASE_ADDRESS_0, (uint)TestMachine.LowWindow + 0x1_0000);
        HostileMachine machine = new(_disk, good);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(0, _disk.Status);
        Assert.Equal(DiskFault.None, partition.Close());
        machine.AssertQuiet();
    }

    [Fact]
    public void No_more_than_16_disks_are_looked_at()
    {
        HostileDisk[] disks = [.. Enumerable.Range(0, 17).Select(static _ => new HostileDisk(new byte[4096]))];
        disks[16] = new HostileDisk();
        for (uint i = 0; i < disks.Length; i++)
        {
            disks[i].Set32(PCI_BASE_ADDRESS_0, (uint)TestMachine.LowWindow + (i * 0x4000));
        }

        HostileMachine machine = new(disks);
        Assert.Equal(DiskFault.NotFound, Open(out _));
        Assert.Equal(0, disks[16].Requests);
        Assert.NotEqual(0, disks[15].Requests);
        machine.AssertQuiet();
    }

    [Fact]
    public void What_the_platform_refuses_is_a_fault()
    {
        HostileMachine machine = new(_disk) { RefusesToShare = true };
        Assert.Equal(DiskFault.NotShared, Open(out _));
        machine.AssertQuiet();
        for (int maps = 0; maps < 4; maps++)
        {
            machine = new HostileMachine(_disk) { MapsLeft = maps };
            Assert.Equal(DiskFault.NotMapped, Open(out _));
            machine.AssertQuiet();
        }

        machine = new HostileMachine(_disk) { RefusesToUnshare = true };
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        Assert.Equal(DiskFault.NotShared, partition.Close());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_host_that_writes_all_over_the_pages_never_does_more_than_be_refused(int seed)
    {
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < 500; round++)
        {
            HostileDisk disk = new();
            HostileMachine machine = new(disk) { TicksOfPause = Quick };
            void Scribble()
            {
                for (int i = random.Next(6); i > 0; i--)
                {
                    int[] places = [random.Next(0x40), 0x100 + random.Next(14), 0x200 + random.Next(38), 0x300 + random.Next(16), 0x400];
                    machine.Shared[places[random.Next(places.Length)]] = (byte)random.Next(256);
                }
            }

            disk.AfterRequest = Scribble;
            machine.AtPause = Scribble;
            DiskFault fault = Open(out InstancePartition<TestPlatform> partition);
            refused += fault == DiskFault.None ? 0 : 1;
            if (fault == DiskFault.None)
            {
                Assert.Equal(DiskFault.None, partition.Close());
            }

            machine.AssertQuiet();
        }

        Assert.True(refused > 150, $"only {refused} were refused: the host does not reach the driver");
    }

    [Fact]
    public void Each_thing_that_the_host_can_change_is_read_once_and_in_order()
    {
        HostileMachine machine = new(_disk);
        Assert.Equal(DiskFault.None, Open(out InstancePartition<TestPlatform> partition));
        machine.Trace = [];
        Assert.True(partition.Read(0, new byte[512]));
        List<(Step Step, ulong Place)> steps = machine.Trace;
        int index = steps.FindLastIndex(static step => step is (Step.StoreShared, 0x102));
        int notified = steps.FindIndex(static step => step.Step == Step.StoreRegister);
        Assert.True(index >= 0 && notified > index);

        // Before the index, what it makes available; between the two, and before the notification, a barrier.
        Assert.Equal(Step.OrderStores, steps[index - 1].Step);
        Assert.All(steps[..(index - 1)], static step => Assert.Equal(Step.StoreShared, step.Step));
        Assert.Equal([(Step.OrderStores, 0UL)], steps[(index + 1)..notified]);

        // The used index, a barrier, element, status and data once each, a barrier before the pages are used again.
        ulong element = steps.Find(static step => step is (Step.LoadShared, >= 0x204)).Place;
        Assert.InRange(element, 0x204UL, 0x21cUL);
        Assert.Equal(
            [(Step.LoadShared, 0x202UL), (Step.OrderLoads, 0), (Step.LoadShared, element), (Step.LoadShared, 0x400), (Step.LoadShared, 0x1000), (Step.OrderLoads, 0)],
            steps[(notified + 1)..]);
        Assert.Equal(DiskFault.None, partition.Close());
    }

    [Fact]
    public void Opening_reading_writing_and_closing_allocates_nothing()
    {
        HostileMachine machine = new(_disk);
        byte[] sectors = new byte[20 * 512];
        bool good = true;
        void Run()
        {
            for (int i = 0; i < 20; i++)
            {
                good &= Open(out InstancePartition<TestPlatform> partition) == DiskFault.None;
                good &= partition.Read(0, sectors) && partition.Write(1, sectors) && partition.Flush();
                good &= partition.Close() == DiskFault.None;
            }
        }

        Run();
        Assert.Equal(0, Allocations.Of(Run));
        Assert.True(good);
        machine.AssertQuiet();
    }

    private static DiskFault Open(out InstancePartition<TestPlatform> partition, bool isProtected = true) =>
        InstanceDisk.TryOpen(TestMachine.Windows, isProtected, out partition);

    private void Refused(DiskFault fault, ulong ticksOfPause = 1)
    {
        HostileMachine machine = new(_disk) { TicksOfPause = ticksOfPause };
        Assert.Equal(fault, Open(out _));
        machine.AssertQuiet();
        Assert.Equal(0, _disk.Status);
        Assert.Equal(0, _disk.Configuration[PCI_COMMAND]);
    }
}
