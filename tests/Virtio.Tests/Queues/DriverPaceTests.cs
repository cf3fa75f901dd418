using Virtio.Queues;

namespace Virtio.Tests.Queues;

public class DriverPaceTests
{
    [Fact]
    public void A_driver_that_goes_on_is_always_waited_for()
    {
        var pace = new DriverPace();
        for (int i = 0; i < 100; i++)
        {
            Assert.False(pace.Passes());
            Assert.Equal(Environment.ProcessorCount > 1, pace.Awaits(static _ => true, 0));
            if (Environment.ProcessorCount == 1)
            {
                return;
            }
        }
    }

    [Fact]
    public void A_driver_that_waits_for_each_buffer_is_looked_at_ever_more_seldom()
    {
        var pace = new DriverPace();
        int looks = 0;
        for (int told = 0; told < 1000; told++)
        {
            int before = looks;
            Assert.False(pace.Awaits(_ => looks++ < 0, 0));
            looks = looks > before ? before + 1 : before;
        }

        Assert.InRange(looks, Environment.ProcessorCount > 1 ? 1 : 0, 30);
    }
}
