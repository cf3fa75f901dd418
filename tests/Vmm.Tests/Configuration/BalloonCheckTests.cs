using Vmm.Tests.CommandLine;

namespace Vmm.Tests.Configuration;

public class BalloonCheckTests
{
    [Fact]
    public void A_vm_has_a_balloon_unless_it_is_left_out()
    {
        Assert.True(CommandLineUnderTest.Run("Image").Balloon);
        Assert.False(CommandLineUnderTest.Run("--no-balloon", "Image").Balloon);
        Assert.False(CommandLineUnderTest.Run("Image").BalloonPageReporting);
        Assert.Equal(64ul, CommandLineUnderTest.Run("--mem", "256", "--init-mem", "64", "Image").InitMemMib);
    }

    [Theory]
    [InlineData("--init-mem: 257 MiB outside the balloon is more than the guest's memory of 256 MiB (--mem)", "--init-mem", "257")]
    [InlineData("--init-mem needs the balloon that --no-balloon leaves out", "--init-mem", "1", "--no-balloon")]
    [InlineData("--balloon-page-reporting needs the balloon that --no-balloon leaves out", "--balloon-page-reporting", "--no-balloon")]
    [InlineData(
        "--init-mem: a protected VM has no balloon, because the kernel takes no page back from it while it runs",
        "--init-mem", "1", "--protected-vm-without-firmware")]
    [InlineData("--init-mem: 'all' is not a number (decimal or 0x hexadecimal)", "--init-mem", "all")]
    public void What_no_balloon_can_do_is_refused(string expected, params string[] args) =>
        Assert.Equal(expected, CommandLineUnderTest.RunRefusal([.. args, "Image"]));
}
