using System.Text;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests.Flow;

/// <summary>A guest in which nothing goes wrong.</summary>
public sealed class StartTests
{
    private static readonly string s_root = Convert.ToHexStringLower(TestGuest.RootDigest);

    [Fact]
    public void The_system_is_verified_mapped_mounted_and_run_in_this_order()
    {
        TestMachine machine = new TestGuest().Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Equal(
            [
                "mkdir /dev 755",
                "mount devtmpfs /dev devtmpfs 10 mode=0755",
                "mkdir /proc 755",
                "mount proc /proc proc 14",
                "mkdir /sys 755",
                "mount sysfs /sys sysfs 14",
                "size /dev/vda2",
                "dm create system_a-base",
                "dm load system_a-base: 0 136 linear 254:2 56",
                "dm resume system_a-base",
                "dm create system_a",
                $"dm load system_a: 0 128 verity 1 253:0 253:0 4096 4096 16 16 sha256 {s_root} 0102 1 panic_on_corruption",
                "dm resume system_a",
                "mkdir /system 755",
                "mount /dev/dm-1 /system erofs 7",
                "mount /dev /system/dev  8192",
                "mount /proc /system/proc  8192",
                "mount /sys /system/sys  8192",
                "chdir /system",
                "mount . /  8192",
                "chroot .",
                "chdir /",
                "mount tmpfs /run tmpfs 14 mode=0755,size=16m",
                "mount tmpfs /tmp tmpfs 6 mode=1777,size=32m",
                "mount tmpfs /data tmpfs 6 mode=0751,size=128m",
                "mount tmpfs /apex tmpfs 14 mode=0755,size=1m",
                "mount tmpfs /mnt/extra-apk tmpfs 14 mode=0755,size=1m",
                "mkdir /dev/shm 755",
                "mount tmpfs /dev/shm tmpfs 14 mode=1777,size=32m",
                "mkdir /dev/pts 755",
                "mount devpts /dev/pts devpts 10 mode=0620,gid=5,ptmxmode=0666",
                "loopback",
                "start /usr/bin/microdroid_manager PATH=/usr/bin:/usr/sbin HOME=/ TMPDIR=/tmp LANG=C.UTF-8 TERM=vt100 DOTNET_EnableDiagnostics=0 MICRODROID_DEBUGGABLE=1 on /dev/hvc0",
                "kill -1 15",
                "umount /mnt/encryptedstore",
                "sync",
            ],
            machine.Calls);
        Assert.Equal("", machine.Reason);
        Assert.Equal("", machine.Log);
        Assert.Equal("-1", Encoding.ASCII.GetString(Assert.Single(machine.Written["/proc/sys/kernel/panic"])));
        Assert.Equal(0, machine.OpenCount);
    }

    [Theory]
    [InlineData("0")]
    [InlineData(null)]
    public void A_guest_that_may_not_be_debugged_has_no_console_and_is_told(string? debuggable)
    {
        var guest = new TestGuest();
        guest.Bootconfig = debuggable is null
            ? TestGuest.NewBootconfig(guest.Vbmeta)[(TestGuest.NewBootconfig(guest.Vbmeta).IndexOf('\n', StringComparison.Ordinal) + 1)..]
            : TestGuest.NewBootconfig(guest.Vbmeta, debuggable);
        TestMachine machine = guest.Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Contains(machine.Calls, static call => call.EndsWith("MICRODROID_DEBUGGABLE=0 on /dev/null", StringComparison.Ordinal));
    }

    [Fact]
    public void A_debuggable_guest_without_its_console_runs_and_says_so()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Files.Remove("/dev/hvc0");
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Contains(machine.Calls, static call => call.EndsWith("MICRODROID_DEBUGGABLE=1 on /dev/null", StringComparison.Ordinal));
        Assert.Equal("<4>init: /dev/hvc0 cannot be opened, error -2", machine.Log);
    }

    [Fact]
    public void Disks_that_come_up_late_are_waited_for()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.DisksAt = machine.Time + 9_000;
        Assert.Equal(InitEnd.PowerOff, machine.Run());
    }

    [Fact]
    public void A_system_in_several_extents_is_mapped_by_as_many_targets()
    {
        TestMachine machine = new TestGuest { Super = TestSuper.OfExtents(120, 16) }.Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Contains($"dm load system_a-base: 0 120 linear 254:2 {TestSuper.First}; 120 16 linear 254:2 {TestSuper.First + 120 + 8}", machine.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(511)]
    public void Disks_and_files_that_give_a_few_bytes_at_a_time_are_read_whole(int longest)
    {
        TestMachine machine = new TestGuest().Machine();
        machine.LongestRead = longest;
        Assert.Equal(InitEnd.PowerOff, machine.Run());
    }

    [Fact]
    public void Directories_that_are_there_already_are_used()
    {
        TestMachine machine = new TestGuest().Machine().Fail("mkdir", LinuxAbi.EEXIST);
        Assert.Equal(InitEnd.PowerOff, machine.Run());
    }

    [Fact]
    public void Nothing_is_read_of_a_disk_after_it_was_verified_but_through_dm_verity()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Run();
        int verified = machine.Calls.FindIndex(static call => call.StartsWith("dm load system_a:", StringComparison.Ordinal));
        Assert.DoesNotContain(machine.Calls[verified..], static call => call.Contains("/dev/vda", StringComparison.Ordinal));
    }
}
