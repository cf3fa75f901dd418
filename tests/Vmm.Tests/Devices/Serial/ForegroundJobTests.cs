using Vmm.Devices.Serial;

namespace Vmm.Tests.Devices.Serial;

public sealed class ForegroundJobTests
{
    [Theory]
    [InlineData("77 (vmm) S 1 77 70 34816 77 4194304 0", true)]
    [InlineData("77 (vmm) S 1 77 70 34816 70 4194304 0", false)]
    [InlineData("77 (a) b (c) S 1 77 70 34816 70 4194304 0", false)]
    [InlineData("77 (vmm) S 1 77 70 0 -1 4194304 0", true)]
    public void A_job_is_in_the_foreground_when_its_group_is_the_terminals_or_it_has_no_terminal(string stat, bool expected)
    {
        Assert.Equal(expected, ForegroundJob.IsForeground(stat));
    }

    [Fact]
    public void The_kernels_own_file_can_be_read() => ForegroundJob.IsThisProcess();
}
