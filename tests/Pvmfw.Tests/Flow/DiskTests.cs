using Virtio.Tests.Firmware;
using Store = Pvmfw.Identity.DiskInstanceStore<Virtio.Tests.Firmware.TestPlatform>;

namespace Pvmfw.Tests.Flow;

/// <summary>The whole flow with the instance image on a disk of the VMM's.</summary>
public sealed class DiskTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_instance_is_recorded_on_a_disk_of_the_VMMs_and_found_there_again(bool isProtected)
    {
        using var disks = new VmmMachine(isProtected);
        disks.AddDisk(new byte[1 << 20]);
        disks.AddDisk(VmmMachine.InstanceDiskContent());
        Virtio.Tests.Firmware.TestPlatform.Machine = disks;

        TestMachine first = NewMachine(isProtected), later = NewMachine(isProtected);
        Assert.Equal(RebootReason.None, first.Run<Store>().Reason);
        Assert.Equal(RebootReason.None, later.Run<Store>().Reason);
        TestMachine changed = NewMachine(isProtected);
        changed.Guest = new SignedGuest { Code = SignedGuest.Fill(77, 20_000) };

        Assert.True(first.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.False(later.GuestTree.Find("/chosen")!.Has("avf,new-instance"));
        Assert.Equal(first.Secrets(), later.Secrets());
        Assert.Equal(RebootReason.InstanceImageChanged, changed.Run<Store>().Reason);
        Assert.Equal(0, disks.Status(2));
        disks.AssertQuiet();
    }

    [Fact]
    public void A_machine_whose_disks_have_no_instance_image_is_reset()
    {
        using var disks = new VmmMachine(isProtected: false);
        disks.AddDisk(new byte[1 << 20]);
        Virtio.Tests.Firmware.TestPlatform.Machine = disks;

        Assert.Equal(RebootReason.InternalError, NewMachine(isProtected: false).Run<Store>().Reason);
        disks.AssertQuiet();
    }

    private static TestMachine NewMachine(bool isProtected) => new() { SharesMemory = isProtected };
}
