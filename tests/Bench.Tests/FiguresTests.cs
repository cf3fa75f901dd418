using Kvm.Interop.Files;
using Virtio.Block.Formats.Composite;

namespace Bench.Tests;

public sealed class FiguresTests
{
    [Fact]
    public void The_memory_of_a_guest_is_found_in_its_log()
    {
        var use = GuestMemoryUse.Parse(["== memory", "payload: MemTotal:         219436 kB", "payload: MemAvailable:     155000 kB\r"]);

        Assert.Equal((219436L << 10, 155000L << 10, 64436L << 10), (use.TotalBytes, use.AvailableBytes, use.UsedBytes));
    }

    [Theory]
    [InlineData("MemTotal: 1 kB")]
    [InlineData("MemTotal: 1 kB", "MemAvailable:")]
    [InlineData("MemTotal: 1 kB", "MemAvailable: x kB")]
    [InlineData("MemTotal: 1 kB", "MemAvailable: 1 MB")]
    public void What_is_no_memory_of_a_guest_is_refused(params string[] lines) =>
        Assert.Throws<InvalidDataException>(() => GuestMemoryUse.Parse(lines));

    [Fact]
    public void Figures_have_names()
    {
        IReadOnlyDictionary<string, double> figures = PeerFigures.Parse("round-trip 812345\ncalls 2100\n");

        Assert.Equal((812345, 2100), (figures["round-trip"], figures["calls"]));
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("ping -1")]
    [InlineData("ping 1 2")]
    [InlineData("FAIL TimeoutException: late")]
    public void What_is_no_figure_is_refused(string text) => Assert.Throws<InvalidDataException>(() => PeerFigures.Parse(text));

    [Fact]
    public void A_program_may_be_named_as_its_status_would_be()
    {
        Assert.Equal(17, ProcessTree.ParentIn("42 (a) R 3 (b)) S 17 42 42 0 -1\n"));
        Assert.Throws<InvalidDataException>(() => ProcessTree.ParentIn("42 (a"));
    }

    [Fact]
    public void A_disk_put_together_from_descriptors_is_copied_whole()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            byte[] content = new byte[3 << 20];
            new Random(1).NextBytes(content.AsSpan(1 << 20, 1 << 20));
            string image = Path.Combine(directory, "image"), composite = Path.Combine(directory, "disk"), raw = Path.Combine(directory, "raw");
            File.WriteAllBytes(image, content);
            using PosixFile file = PosixFile.Open(image, OpenFlags.O_RDONLY);
            int number = (int)file.DangerousGetHandle();
            new CompositeCreation(Guid.NewGuid(), [new CompositePartition("one", $"/proc/self/fd/{number}", false, Guid.NewGuid())]).Write(composite);

            Assert.Equal([number], RawDisks.Numbers(File.ReadAllBytes(composite)));
            Assert.Equal(0, RawDisks.Copy(composite, raw));

            byte[] copy = File.ReadAllBytes(raw);
            Assert.Equal("EFI PART"u8, copy.AsSpan(512, 8));
            // The first partition begins behind the table, at 40 sectors.
            Assert.True(copy.AsSpan(40 * 512, content.Length).SequenceEqual(content));
            Assert.Equal("EFI PART"u8, copy.AsSpan(copy.Length - 512, 8));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
