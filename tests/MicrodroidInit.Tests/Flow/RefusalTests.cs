using System.Text;
using BootLoader.Avb;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests.Flow;

/// <summary>A guest whose disks or kernel are not as they should be: it tells why and is reset, and nothing of the system has run.</summary>
public sealed class RefusalTests
{
    public static TheoryData<string, int, string> FailingCalls => new()
    {
        { "mkdir /proc", 30, "a directory to mount on cannot be made, error -30" },
        { "mount devtmpfs", 19, "proc, sysfs or devtmpfs cannot be mounted, error -19" },
        { "mount proc", 1, "proc, sysfs or devtmpfs cannot be mounted, error -1" },
        { "mount sysfs", 1, "proc, sysfs or devtmpfs cannot be mounted, error -1" },
        { "open /proc/bootconfig", 2, "/proc/bootconfig cannot be read, error -2" },
        { "open /sys/class/block", 2, "/sys/class/block cannot be read, error -2" },
        { "open /dev/vda1", 6, "vbmeta_a cannot be opened, error -6" },
        { "open /dev/vda2", 6, "super cannot be opened, error -6" },
        { "size /dev/vda2", 25, "the metadata of super or its partition system_a is refused, fault 2" },
        { "open /dev/mapper/control", 19, "/dev/mapper/control cannot be opened, error -19" },
        { "dm create system_a-base", 16, "the device mapper does not make system_a-base, error -16" },
        { "dm load system_a-base", 22, "the device mapper does not make system_a-base, error -22" },
        { "dm resume system_a-base", 22, "the device mapper does not make system_a-base, error -22" },
        { "dm load system_a:", 22, "the device mapper does not make system_a, error -22" },
        { "dm resume system_a", 5, "the device mapper does not make system_a-base, error -5" },
        { "mkdir /system", 28, "a directory to mount on cannot be made, error -28" },
        { "mount /dev/dm-1", 22, "the system cannot be mounted, error -22" },
        { "mount /dev /system/dev", 2, "the system cannot become the root, error -2" },
        { "mount /sys /system/sys", 2, "the system cannot become the root, error -2" },
        { "mount . /", 22, "the system cannot become the root, error -22" },
        { "chroot", 1, "the system cannot become the root, error -1" },
        { "mount tmpfs /data", 2, "a file system in memory cannot be mounted, error -2" },
        { "mount devpts", 19, "a file system in memory cannot be mounted, error -19" },
        { "start", 2, "microdroid_manager cannot be started, error -2" },
    };

    [Theory]
    [MemberData(nameof(FailingCalls))]
    public void Whatever_the_kernel_refuses_is_told_to_the_host(string call, int error, string reason) =>
        Refuses(new TestGuest().Machine().Fail(call, error), reason);

    [Fact]
    public void Without_disks_it_waits_ten_seconds_and_gives_up()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Disks!.Clear();
        Refuses(machine, "no disk has a partition vbmeta_a, waited ms 10000");
        Assert.InRange(machine.Time, 11_000ul, 11_100ul);
    }

    [Fact]
    public void A_disk_without_super_is_refused_after_the_same_time()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Disks!.Remove("vda2");
        Refuses(machine, "no disk has a partition super, waited ms 10000");
    }

    [Theory]
    [InlineData("vbmeta_a", "there is not one partition vbmeta_a but at least 2")]
    [InlineData("super", "there is not one partition super but at least 2")]
    public void Two_partitions_of_one_name_are_refused(string name, string reason)
    {
        TestMachine machine = new TestGuest().Machine();
        machine.AddPartition("vdb1", name, 17, new byte[4096]);
        Refuses(machine, reason);
    }

    [Fact]
    public void A_whole_disk_and_partitions_of_other_names_are_not_taken_for_ours()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.AddPartition("vdb1", "super_a", 17, []);
        machine.AddPartition("vdb2", "SUPER", 18, []);
        machine.AddPartition("vdb3", "", 19, []);
        machine.AddPartition("vdb4", "x=super", 20, []);
        machine.AddPartition("vdc", "super", 32, []);
        machine.Files["/sys/class/block/vdc/uevent"] = "MAJOR=254\nMINOR=32\nDEVNAME=vdc\nDEVTYPE=disk\nPARTNAME=super\n"u8.ToArray();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
    }

    [Fact]
    public void A_vbmeta_of_which_any_bit_is_flipped_is_refused()
    {
        var guest = new TestGuest();
        for (int bit = 0; bit < guest.Vbmeta.Length * 8; bit += 13)
        {
            TestMachine machine = guest.Machine();
            machine.Files["/dev/vda1"][bit / 8] ^= (byte)(1 << (bit % 8));
            Refuses(machine, $"vbmeta_a has not the digest in the bootconfig, bytes {guest.Vbmeta.Length}");
        }
    }

    [Fact]
    public void A_vbmeta_that_ends_early_is_refused()
    {
        var guest = new TestGuest();
        foreach (int size in new[] { 0, 1, 255, guest.Vbmeta.Length - 1 })
        {
            TestMachine machine = guest.Machine();
            machine.Files["/dev/vda1"] = guest.Vbmeta[..size];
            Refuses(machine, $"vbmeta_a is shorter than the bootconfig says, bytes {size}");
        }
    }

    [Theory]
    [InlineData("vda1", "vbmeta_a cannot be read, error -5")]
    [InlineData("vda2", "the metadata of super or its partition system_a is refused, fault 1")]
    public void A_disk_that_fails_to_read_is_refused(string device, string reason)
    {
        TestMachine machine = new TestGuest().Machine();
        machine.ReadFailures[$"/dev/{device}"] = LinuxAbi.EIO;
        Refuses(machine, reason);
    }

    [Fact]
    public void A_size_that_leaves_the_end_of_the_vbmeta_out_is_refused()
    {
        var guest = new TestGuest();
        byte[] shorter = guest.Vbmeta[..^64];
        guest.Bootconfig = TestGuest.NewBootconfig(shorter);
        Refuses(guest.Machine(), "the vbmeta is malformed, fault 2");
    }

    [Theory]
    [InlineData(VbmetaFlags.HashtreeDisabled)]
    [InlineData(VbmetaFlags.VerificationDisabled)]
    public void A_vbmeta_that_turns_verification_off_is_refused(VbmetaFlags flags) =>
        RefusesVbmeta($"the vbmeta turns verification off, flags {(int)flags}", TestGuest.NewVbmeta(flags, TestGuest.Hashtree()));

    [Fact]
    public void A_vbmeta_has_one_hash_tree_of_the_system()
    {
        RefusesVbmeta("the vbmeta has no hash tree of system, descriptors 0", TestGuest.NewVbmeta());
        RefusesVbmeta("the vbmeta has no hash tree of system, descriptors 1", TestGuest.NewVbmeta(TestGuest.Hashtree("system2")));
        RefusesVbmeta("the vbmeta has two hash trees of system, descriptors 2", TestGuest.NewVbmeta(TestGuest.Hashtree(), TestGuest.Hashtree()));
    }

    [Fact]
    public void A_malformed_descriptor_makes_all_of_them_useless()
    {
        byte[] bad = TestGuest.Hashtree("other");
        bad[107] = 0xff; // The length of the partition's name.
        RefusesVbmeta("a descriptor of the vbmeta is malformed, number 2", TestGuest.NewVbmeta(TestGuest.Hashtree(), bad));
    }

    [Theory]
    [InlineData(19, 2, "fault 1")] // The version.
    [InlineData(46, 2, "fault 2")] // The size of data blocks.
    [InlineData(50, 2, "fault 2")] // The size of hash blocks.
    [InlineData(20, 0x80, "fault 6")] // The image's size: out of reach,
    [InlineData(27, 1, "fault 6")] // and no whole block.
    [InlineData(28, 0x80, "fault 7")] // The tree's place: out of reach,
    [InlineData(33, 0xff, "sectors 136")] // outside of the partition,
    [InlineData(33, 0, "fault 7")] // inside of the image,
    [InlineData(35, 1, "fault 7")] // and at no block.
    [InlineData(36, 0x80, "fault 7")] // The tree's size: out of reach,
    [InlineData(41, 0x10, "sectors 136")] // past the partition,
    [InlineData(42, 0, "fault 7")] // and none.
    public void A_hash_tree_of_unsupported_numbers_is_refused(int offset, byte value, string reason)
    {
        byte[] descriptor = TestGuest.Hashtree();
        descriptor[offset] = value;
        var guest = new TestGuest { Vbmeta = TestGuest.NewVbmeta(descriptor) };
        TestMachine machine = guest.Machine();
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.EndsWith($"{reason}\n", machine.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Calls, static call => call.StartsWith("dm", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hash_tree_of_another_hash_or_digest_is_refused()
    {
        RefusesVbmeta("the hash tree of system is not supported, fault 3", TestGuest.NewVbmeta(TestGuest.Hashtree(algorithm: "sha1")));
        RefusesVbmeta("the hash tree of system is not supported, fault 4", TestGuest.NewVbmeta(TestGuest.Hashtree(root: 31)));
        RefusesVbmeta("the hash tree of system is not supported, fault 5", TestGuest.NewVbmeta(TestGuest.Hashtree(salt: 65)));
    }

    [Fact]
    public void A_hash_tree_that_asks_for_one_check_alone_is_checked_always()
    {
        byte[] descriptor = TestGuest.Hashtree();
        descriptor[119] = (byte)HashtreeDescriptor.CheckAtMostOnce;
        TestMachine machine = new TestGuest { Vbmeta = TestGuest.NewVbmeta(descriptor) }.Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.DoesNotContain(machine.Calls, static call => call.Contains("check_at_most_once", StringComparison.Ordinal));
    }

    [Fact]
    public void A_super_without_the_partition_is_refused() => Refuses(
        new TestGuest { Super = TestGuest.NewSuper(TestGuest.ImageSize + TestGuest.TreeSize, "system_b") }.Machine(),
        "the metadata of super or its partition system_a is refused, fault 18");

    [Fact]
    public void A_logical_partition_that_is_too_small_for_its_hash_tree_is_refused() => Refuses(
        new TestGuest { Super = TestGuest.NewSuper(TestGuest.ImageSize) }.Machine(),
        "system_a is too small or has extents that are not supported, sectors 128");

    [Theory]
    [InlineData(136, 0, 65)] // Past the end of the disk, which has 200 sectors.
    [InlineData(136, 0, 0)] // In the metadata.
    [InlineData(136, 0, ulong.MaxValue - 100)] // A sum that overflows.
    [InlineData(ulong.MaxValue, 0, 56)]
    [InlineData(0, 0, 56)]
    [InlineData(136, 2, 56)]
    public void Extents_outside_of_the_disk_and_of_unknown_types_are_refused(ulong sectors, uint type, ulong first) => Refuses(
        new TestGuest { Super = TestSuper.WithExtent(sectors, type, first) }.Machine(),
        "the metadata of super or its partition system_a is refused, fault 17");

    [Fact]
    public void An_extent_that_lies_nowhere_is_refused() => Refuses(
        new TestGuest { Super = TestSuper.WithExtent(136, 1, 0) }.Machine(),
        "system_a is too small or has extents that are not supported, sectors 136");

    [Fact]
    public void More_extents_than_any_image_has_are_refused() => Refuses(
        new TestGuest { Super = TestSuper.OfExtents([.. Enumerable.Repeat(8ul, 17)]) }.Machine(),
        "system_a is too small or has extents that are not supported, sectors 136");

    [Fact]
    public void The_reason_is_sent_as_it_is_in_no_more_than_sixteen_bytes_at_once()
    {
        TestMachine machine = new TestGuest().Machine();
        machine.Disks!.Clear();
        machine.Run();
        Assert.All(machine.Written["/dev/ttyS1"], static bytes => Assert.InRange(bytes.Length, 1, 16));
        Assert.Contains("modes /dev/ttyS1 fffffffe", machine.Calls);
    }

    [Fact]
    public void Without_the_port_for_reasons_the_machine_is_reset_all_the_same()
    {
        TestMachine machine = new TestGuest().Machine().Fail("mount sysfs", 1);
        machine.Files.Remove("/dev/ttyS1");
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.EndsWith("/dev/ttyS1 cannot be opened, error -2", machine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_has_a_line_of_its_own()
    {
        var lines = Enum.GetValues<InitError>().Where(static error => error != InitError.None)
            .Select(static error => Encoding.ASCII.GetString(InitErrorText.Of(error))).ToList();
        Assert.Equal(lines.Count, lines.Distinct().Count());
        Assert.DoesNotContain("unknown fault", lines);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 120));
    }

    private static void RefusesVbmeta(string reason, byte[] vbmeta) => Refuses(new TestGuest { Vbmeta = vbmeta }.Machine(), reason);

    private static void Refuses(TestMachine machine, string reason)
    {
        Assert.Equal(InitEnd.Reset, machine.Run());
        Assert.Equal($"MICRODROID_UNKNOWN_RUNTIME_ERROR|init: {reason}\n", machine.Reason);
        Assert.EndsWith($"<3>init: {reason}", machine.Log, StringComparison.Ordinal);
        Assert.Equal("sync", machine.Calls[^1]);
        if (!reason.StartsWith("microdroid_manager", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(machine.Calls, static call => call.StartsWith("start", StringComparison.Ordinal));
        }

        Assert.Equal(0, machine.OpenCount);
    }
}
