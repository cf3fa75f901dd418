using System.Text;
using BootLoader.Fdt;
using Pvmfw.DeviceTree;

namespace Pvmfw.Tests.DeviceTree;

public sealed class BootArgumentsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("panic=-1", "panic=-1")]
    [InlineData("quiet panic=-1 init=/bin/sh", "panic=-1")]
    [InlineData("  panic=-1   panic=-1 ", "panic=-1 panic=-1")]
    [InlineData("panic=-10 panic=1 xpanic=-1 panic", "")]
    [InlineData("console=ttyS0 crashkernel=17M panic=-1", "panic=-1")]
    public void Without_a_policy_only_the_panic_time_passes(string arguments, string expected) => Assert.Equal(expected, Filter(arguments));

    [Theory]
    [InlineData("console=ttyS0 crashkernel=17M", true, false, "console=ttyS0")]
    [InlineData("console=ttyS0 crashkernel=17M", false, true, "crashkernel=17M")]
    [InlineData("console=hvc0 a=b crashkernel=17M panic=-1", true, true, "console=hvc0 crashkernel=17M panic=-1")]
    [InlineData("consoleblank=0 crashkernel", true, true, "")]
    public void A_policy_lets_console_and_crash_kernel_pass(string arguments, bool log, bool ramDump, string expected) =>
        Assert.Equal(expected, Filter(arguments, log, ramDump));

    [Theory]
    [InlineData("console=x\tinit=/bin/sh")]
    [InlineData("console=x\ninit=/bin/sh")]
    [InlineData("console=x\vinit=/bin/sh")]
    [InlineData("console=x\finit=/bin/sh")]
    [InlineData("console=x\rinit=/bin/sh")]
    [InlineData("console=x\u00a0init=/bin/sh")]
    [InlineData("console=\"x init=/bin/sh\"")]
    [InlineData("\"console=x init=/bin/sh\"")]
    [InlineData("console=x\u007finit=/bin/sh")]
    public void A_word_that_the_kernel_would_split_or_join_otherwise_does_not_pass(string arguments) =>
        Assert.Equal("", Filter(arguments, log: true, ramDump: true, Encoding.Latin1));

    [Fact]
    public void Every_byte_in_an_allowed_word_either_passes_whole_or_not_at_all()
    {
        for (int value = 1; value < 256; value++)
        {
            string word = $"console=a{(char)value}init=b";
            string kept = Filter(word, log: true, ramDump: false, Encoding.Latin1);
            string expected = value is > ' ' and < 0x7f and not '"' ? word : value == ' ' ? "console=a" : "";
            Assert.Equal(expected, kept);
        }
    }

    internal static DebugPolicy Policy(bool log, bool ramDump)
    {
        var tree = new FdtTree();
        FdtNode common = tree.Root.AddChild("avf").AddChild("guest").AddChild("common");
        common.SetU32("log", log ? 1u : 0);
        common.SetU32("ramdump", ramDump ? 1u : 0);
        return DebugPolicy.Read(tree.ToBlob());
    }

    private static string Filter(string arguments, bool log = false, bool ramDump = false, Encoding? encoding = null)
    {
        byte[] bytes = (encoding ?? Encoding.ASCII).GetBytes(arguments);
        byte[] kept = new byte[bytes.Length];
        int length = BootArguments.Filter(bytes, Policy(log, ramDump), kept);
        return (encoding ?? Encoding.ASCII).GetString(kept, 0, length);
    }
}
