namespace Bench.Tests;

public sealed class VmmWordsTests
{
    private static readonly string[] s_words =
    [
        "/usr/lib/vmm/vmm", "--log-level", "info", "run", "--name=app", "--mem", "270", "--cpus", "1", "--block", "path=composite-0.img,type=composite,ro=true,lock=false",
        "--block", "path=composite-1.img,type=composite,ro=false,lock=false", "--params=one two=2", "/proc/self/fd/40", "",
    ];

    [Fact]
    public void Another_VMM_gets_the_same_memory_parameters_and_disks()
    {
        var words = VmmWords.Parse(s_words);

        Assert.Equal((270, 1, "one two=2"), (words.MemoryMib, words.Cpus, words.Parameters));
        Assert.Equal([("composite-0.img", true), ("composite-1.img", false)], words.Disks);
    }

    [Fact]
    public void QEMU_is_told_of_the_disks_in_their_order_and_of_the_log_as_the_third_console()
    {
        string[] words = [.. MicrodroidQemu.Arguments(new BenchFiles("/files"), VmmWords.Parse(s_words), ["/a.raw", "/b.raw"])];

        Assert.Equal(["virtconsole,bus=bus-console.0,chardev=console", "virtconsole,bus=bus-ramdump.0,chardev=ramdump", "virtconsole,bus=bus-log.0,chardev=log"],
            words.Where(static word => word.StartsWith("virtconsole", StringComparison.Ordinal)));
        string[] drives = [.. words.Where(static word => word.StartsWith("file=", StringComparison.Ordinal))];
        Assert.StartsWith("file=/a.raw,", drives[0], StringComparison.Ordinal);
        Assert.EndsWith(",read-only=on", drives[0], StringComparison.Ordinal);
        Assert.StartsWith("file=/b.raw,", drives[1], StringComparison.Ordinal);
        Assert.EndsWith(",read-only=off", drives[1], StringComparison.Ordinal);
        Assert.Equal("panic=-1 one two=2", words[Array.IndexOf(words, "-append") + 1]);
    }

    [Theory]
    [InlineData("--mem", "256", "--cpus", "1")]
    [InlineData("--mem", "256", "--block", "path=a,type=composite,ro=true")]
    [InlineData("--mem", "256", "--cpus", "1", "--block", "path=a,ro=true")]
    [InlineData("--mem", "256", "--cpus", "1", "--block", "type=composite")]
    [InlineData("--mem")]
    public void A_command_line_of_no_such_guest_is_refused(params string[] words) =>
        Assert.Throws<InvalidDataException>(() => VmmWords.Parse(words));
}
