using BootLoader.Cryptography;
using BootLoader.InstanceImage;
using Pvmfw.Disk;
using Virtio.Rng;

namespace Virtio.Tests.Firmware;

/// <summary>The firmware's driver against the VMM's devices.</summary>
public sealed class InstanceDiskTests
{
    private const int PartitionStart = 48 * 512;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_partition_is_read_and_written_through_the_VMMs_own_device(bool isProtected)
    {
        using var machine = new VmmMachine(isProtected);
        byte[] content = VmmMachine.InstanceDiskContent();
        machine.AddDisk(content);
        Assert.Equal(DiskFault.None, Open(isProtected, out InstancePartition<TestPlatform> partition));
        Assert.Equal(128UL, partition.SectorCount);

        byte[] read = new byte[128 * 512];
        Assert.True(partition.Read(0, read));
        Assert.Equal(content[PartitionStart..(PartitionStart + read.Length)], read);

        // More than the pages take at once, and not from the start.
        new Random(1).NextBytes(read);
        Assert.True(partition.Write(3, read.AsSpan(0, 100 * 512)));
        Assert.True(partition.Flush());
        byte[] again = new byte[100 * 512];
        Assert.True(partition.Read(3, again));
        Assert.Equal(read[..again.Length], again);
        Assert.Equal(DiskFault.None, partition.Fault);
        Assert.Equal(DiskFault.None, partition.Close());

        read.AsSpan(0, again.Length).CopyTo(content.AsSpan(PartitionStart + (3 * 512)));
        Assert.Equal(content, File.ReadAllBytes(machine.Path(0)));
        machine.AssertQuiet();
    }

    [Fact]
    public void The_first_disk_with_the_partition_is_taken_and_all_devices_are_left_as_they_were_found()
    {
        using var machine = new VmmMachine(isProtected: true);
        using var loop = new Kvm.Interop.Events.EventLoop("rng", e => throw e);
        loop.Start();
        machine.AddDisk(new byte[1 << 20]);
        machine.AddDevice(new RngDevice(loop));
        machine.AddDisk(VmmMachine.InstanceDiskContent("vm-instance2"));
        machine.AddDisk(VmmMachine.InstanceDiskContent());
        machine.AddDisk(VmmMachine.InstanceDiskContent());
        Assert.Equal(DiskFault.None, Open(isProtected: true, out InstancePartition<TestPlatform> partition));
        Assert.True(partition.Write(5, Enumerable.Repeat((byte)0x5a, 512).ToArray()));
        Assert.NotEqual(0, machine.Status(4));
        Assert.Equal(DiskFault.None, partition.Close());

        Assert.Equal(0x5a, File.ReadAllBytes(machine.Path(2))[PartitionStart + (5 * 512)]);
        Assert.Equal(VmmMachine.InstanceDiskContent()[..512], File.ReadAllBytes(machine.Path(3))[..512]);
        for (int slot = 1; slot <= 5; slot++)
        {
            Assert.Equal(0, machine.Status(slot));
            Assert.Equal(0, machine.Command(slot));
        }

        machine.AssertQuiet();
        loop.Stop();
    }

    [Fact]
    public void After_it_was_closed_the_disk_can_be_opened_again()
    {
        using var machine = new VmmMachine(isProtected: false);
        machine.AddDisk(VmmMachine.InstanceDiskContent());
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(DiskFault.None, Open(isProtected: false, out InstancePartition<TestPlatform> partition));
            Assert.True(partition.Read(0, new byte[512]));
            Assert.Equal(DiskFault.None, partition.Close());
            Assert.False(partition.Read(0, new byte[512]));
            Assert.Equal(DiskFault.Closed, partition.Fault);
        }
    }

    [Fact]
    public void A_machine_without_the_partition_has_no_instance_disk()
    {
        using var machine = new VmmMachine(isProtected: false);
        machine.AddDisk(new byte[512]);
        machine.AddDisk(VmmMachine.InstanceDiskContent("vm-instanc"));
        Assert.Equal(DiskFault.NotFound, Open(isProtected: false, out _));
        machine.AssertQuiet();
        Assert.Equal(0, machine.Status(1));
        Assert.Equal(0, machine.Status(2));
    }

    [Fact]
    public void A_disk_that_is_read_only_is_read_and_not_written()
    {
        using var machine = new VmmMachine(isProtected: false);
        machine.AddDisk(VmmMachine.InstanceDiskContent(), readOnly: true);
        Assert.Equal(DiskFault.None, Open(isProtected: false, out InstancePartition<TestPlatform> partition));
        Assert.True(partition.Read(0, new byte[512]));
        Assert.False(partition.Write(1, new byte[512]));
        Assert.Equal(DiskFault.ReadOnly, partition.Fault);
        Assert.Equal(DiskFault.None, partition.Close());
    }

    [Fact]
    public void An_access_that_leaves_the_partition_is_refused_and_not_made()
    {
        using var machine = new VmmMachine(isProtected: false);
        byte[] content = VmmMachine.InstanceDiskContent();
        machine.AddDisk(content);
        Assert.Equal(DiskFault.None, Open(isProtected: false, out InstancePartition<TestPlatform> partition));
        Assert.False(partition.Write(128, new byte[512]));
        Assert.False(partition.Write(127, new byte[1024]));
        Assert.False(partition.Write(ulong.MaxValue, new byte[1024]));
        Assert.False(partition.Write(0, new byte[511]));
        Assert.False(partition.Read(0, new byte[129 * 512]));
        Assert.True(partition.Read(127, new byte[512]));
        Assert.Equal(DiskFault.None, partition.Close());
        Assert.Equal(content, File.ReadAllBytes(machine.Path(0)));
    }

    [Fact]
    public void An_instance_is_recorded_and_found_at_the_next_boot()
    {
        using var machine = new VmmMachine(isProtected: true);
        machine.AddDisk(VmmMachine.InstanceDiskContent());
        byte[] cdi = new byte[32];
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        new Random(2).NextBytes(record);
        byte[] found = new byte[PvmfwInstanceRecord.Length];

        Assert.Equal(DiskFault.None, Open(isProtected: true, out InstancePartition<TestPlatform> first));
        Assert.Equal(
            InstanceImageFault.NotFound, PvmfwInstanceEntry.Read<InstancePartition<TestPlatform>, HostCryptography>(ref first, cdi, found));
        Assert.Equal(
            InstanceImageFault.None,
            PvmfwInstanceEntry.Write<InstancePartition<TestPlatform>, HostCryptography>(ref first, cdi, new byte[12], record));
        Assert.Equal(DiskFault.None, first.Close());

        Assert.Equal(DiskFault.None, Open(isProtected: true, out InstancePartition<TestPlatform> second));
        Assert.Equal(
            InstanceImageFault.None, PvmfwInstanceEntry.Read<InstancePartition<TestPlatform>, HostCryptography>(ref second, cdi, found));
        Assert.Equal(record, found);
        cdi[0] = 1;
        Assert.Equal(
            InstanceImageFault.NotAuthentic, PvmfwInstanceEntry.Read<InstancePartition<TestPlatform>, HostCryptography>(ref second, cdi, found));
        Assert.Equal(DiskFault.None, second.Close());
    }

    private static DiskFault Open(bool isProtected, out InstancePartition<TestPlatform> partition) =>
        InstanceDisk.TryOpen(TestMachine.Windows, isProtected, out partition);
}
