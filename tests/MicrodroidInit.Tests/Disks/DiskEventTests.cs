using System.Text;
using MicrodroidInit.Disks;
using MicrodroidInit.Tests.Machine;

namespace MicrodroidInit.Tests.Disks;

public sealed class DiskEventTests
{
    private const string Good = "MAJOR=254\nMINOR=3\nDEVNAME=vda3\nDEVTYPE=partition\nDISKSEQ=9\nPARTN=3\nPARTNAME=super\n";

    [Fact]
    public void A_partition_has_numbers_a_device_and_a_name()
    {
        Assert.True(DiskEvent.TryRead(Encoding.ASCII.GetBytes(Good), out ReadOnlySpan<byte> name, out DiskPartition partition));
        Assert.Equal("super", Encoding.ASCII.GetString(name));
        Assert.Equal((254u, 3u), (partition.Major, partition.Minor));
        TestSystem.Machine = new TestMachine();
        TestSystem.Machine.Files["/dev/vda3"] = [];
        Assert.True(partition.Open<TestSystem>() > 0);
    }

    [Theory]
    [InlineData("MAJOR=254", "MAJOR=")]
    [InlineData("MAJOR=254", "MAJOR=-1")]
    [InlineData("MINOR=3", "MINOR=4294967299")]
    [InlineData("MINOR=3", "MINORS=3")]
    [InlineData("DEVTYPE=partition", "DEVTYPE=disk")]
    [InlineData("DEVNAME=vda3", "DEVNAME=")]
    [InlineData("DEVNAME=vda3", "DEVNAME=../vda")]
    [InlineData("DEVNAME=vda3", "DEVNAME=mapper/control")]
    [InlineData("DEVNAME=vda3", "DEVNAME=a123456789012345678901234567890123")]
    public void What_lacks_one_of_them_or_names_another_place_is_no_partition(string part, string change) =>
        Assert.False(DiskEvent.TryRead(Encoding.ASCII.GetBytes(Good.Replace(part, change, StringComparison.Ordinal)), out _, out _));

    [Fact]
    public void Entries_that_say_a_wrong_length_end_the_walk()
    {
        byte[] entry = new byte[24];
        entry[19] = (byte)'a';
        foreach ((byte length, string expected) in new[] { ((byte)24, "a"), ((byte)25, ""), ((byte)18, ""), ((byte)0, ""), ((byte)20, "a"), ((byte)19, "") })
        {
            entry[16] = length;
            var entries = new DirectoryEntries(entry);
            string found = "";
            while (entries.MoveNext())
            {
                found += Encoding.ASCII.GetString(entries.Current);
            }

            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void Random_texts_and_entries_never_do_more_than_be_left_out()
    {
        var random = new Random(6);
        byte[] good = Encoding.ASCII.GetBytes(Good);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] text = good[..random.Next(good.Length + 1)];
            for (int change = random.Next(4); change > 0 && text.Length > 0; change--)
            {
                text[random.Next(text.Length)] = (byte)random.Next(256);
            }

            DiskEvent.TryRead(text, out _, out _);
            var entries = new DirectoryEntries(text);
            for (int count = 0; entries.MoveNext(); count++)
            {
                Assert.InRange(count, 0, text.Length);
            }
        }
    }
}
