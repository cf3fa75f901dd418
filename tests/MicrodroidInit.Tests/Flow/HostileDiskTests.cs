using System.Globalization;
using System.Security.Cryptography;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests.Flow;

/// <summary>Disks of a host that changes anything: the guest is reset, or what is mapped lies on the disk and has the hash tree that was verified.</summary>
public sealed class HostileDiskTests
{
    [Fact]
    public void Random_changes_of_super_never_map_what_is_not_there()
    {
        var random = new Random(7);
        var guest = new TestGuest();
        int started = 0;
        for (int round = 0; round < 3_000; round++)
        {
            byte[] super = [.. guest.Super];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                super[4096 + random.Next(6 * 4096)] = (byte)random.Next(256);
            }

            TestMachine machine = new TestGuest { Super = super }.Machine();
            started += machine.Run() == InitEnd.PowerOff ? 1 : 0;
            IsOnDisk(machine, super.Length / 512);
        }

        Assert.InRange(started, 1, 3_000);
    }

    [Fact]
    public void Tables_of_any_numbers_with_right_checksums_never_map_what_is_not_there()
    {
        var random = new Random(8);
        ulong[] interesting = [0, 1, 8, 55, 56, 57, 136, 192, 193, uint.MaxValue, long.MaxValue, ulong.MaxValue - 55, ulong.MaxValue];
        for (int round = 0; round < 2_000; round++)
        {
            ulong Pick() => random.Next(3) == 0 ? (ulong)random.NextInt64(400) : interesting[random.Next(interesting.Length)];
            byte[] super = TestSuper.WithExtent(Pick(), (uint)random.Next(3), Pick());
            TestMachine machine = new TestGuest { Super = super }.Machine();
            machine.Run();
            IsOnDisk(machine, super.Length / 512);
        }
    }

    [Fact]
    public void Extents_that_overlap_are_mapped_for_the_hash_tree_to_judge()
    {
        byte[] super = TestSuper.OfExtentsApart(-16, 120, 16);
        TestMachine machine = new TestGuest { Super = super }.Machine();
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Contains($"dm load system_a-base: 0 120 linear 254:2 {TestSuper.First}; 120 16 linear 254:2 {TestSuper.First + 104}", machine.Calls);
        IsOnDisk(machine, super.Length / 512);
    }

    [Fact]
    public void A_super_cut_at_any_sector_is_refused()
    {
        var guest = new TestGuest();
        for (int sectors = 0; sectors < guest.Super.Length / 512; sectors++)
        {
            TestMachine machine = new TestGuest { Super = guest.Super[..(sectors * 512)] }.Machine();
            Assert.Equal(InitEnd.Reset, machine.Run());
            Assert.DoesNotContain(machine.Calls, static call => call.StartsWith("dm", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_vbmeta_of_any_bytes_that_the_bootconfig_names_never_does_more_than_be_refused_or_used()
    {
        var random = new Random(9);
        var guest = new TestGuest();
        for (int round = 0; round < 3_000; round++)
        {
            byte[] vbmeta = [.. guest.Vbmeta];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                vbmeta[random.Next(vbmeta.Length)] = (byte)random.Next(256);
            }

            TestMachine machine = new TestGuest { Vbmeta = vbmeta }.Machine();
            machine.Run();
            IsOnDisk(machine, guest.Super.Length / 512);
        }
    }

    [Fact]
    public void A_vbmeta_that_changes_after_it_was_read_does_not_matter()
    {
        // What the second read would give has another root digest; there is none.
        var guest = new TestGuest();
        TestMachine machine = guest.Machine();
        machine.Changed = path =>
        {
            if (path == "/dev/vda2")
            {
                RandomNumberGenerator.Fill(machine.Files["/dev/vda1"]);
            }
        };
        Assert.Equal(InitEnd.PowerOff, machine.Run());
        Assert.Contains(machine.Calls, call => call.Contains(Convert.ToHexStringLower(TestGuest.RootDigest), StringComparison.Ordinal));
    }

    private static void IsOnDisk(TestMachine machine, long sectors)
    {
        ulong mapped = 0;
        foreach (string call in machine.Calls.Where(static call => call.StartsWith("dm load system_a-base: ", StringComparison.Ordinal)))
        {
            foreach (string target in call["dm load system_a-base: ".Length..].Split("; "))
            {
                string[] words = target.Split(' ');
                ulong start = Number(words[0]), count = Number(words[1]), first = Number(words[4]);
                Assert.Equal(("linear", "254:2"), (words[2], words[3]));
                Assert.Equal(mapped, start);
                Assert.True(first <= (ulong)sectors && count <= (ulong)sectors - first, call);
                mapped += count;
            }
        }

        foreach (string call in machine.Calls.Where(static call => call.StartsWith("dm load system_a: ", StringComparison.Ordinal)))
        {
            string[] words = call["dm load system_a: ".Length..].Split(' ');
            Assert.True(Number(words[1]) == 8 * Number(words[8]), call);
            Assert.True(Number(words[1]) <= mapped && 8 * Number(words[9]) < mapped, call);
        }
    }

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
