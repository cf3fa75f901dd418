namespace VirtualizationService.Tests;

public class ServiceLogTests
{
    [Fact]
    public void What_goes_as_it_should_is_told_only_to_who_asks_and_what_does_not_to_everybody()
    {
        StringWriter quiet = new(), detailed = new();
        foreach (ServiceLog log in new[] { new ServiceLog(quiet), new ServiceLog(detailed, showsDetails: true) })
        {
            log.Detail("VM 2048: vmm --extended-status run");
            log.Write("VM 2048: ended: Crash\nwith a second line");
        }

        Assert.Equal("virtmgr: VM 2048: ended: Crash with a second line\n", quiet.ToString());
        Assert.Equal("virtmgr: VM 2048: vmm --extended-status run\nvirtmgr: VM 2048: ended: Crash with a second line\n", detailed.ToString());
    }
}
