namespace BootLoader.Tests;

public sealed class InitrdTests
{
    [Theory]
    [InlineData(0x80000000, 0x80000000)]
    [InlineData(0x80000001, 0x81000000)]
    [InlineData(0x82800000, 0x83000000)]
    public void An_initrd_goes_to_the_first_16_MiB_boundary_after_the_kernel(ulong kernelEnd, ulong address) =>
        Assert.Equal(address, Initrd.Place(kernelEnd, 0x1000, 0x90000000));

    [Fact]
    public void An_initrd_may_reach_the_limit_and_no_further()
    {
        Assert.Equal(0x81000000u, Initrd.Place(0x80800000, 0x1000000, 0x82000000));
        Assert.Null(Initrd.Place(0x80800000, 0x1000001, 0x82000000));
        Assert.Null(Initrd.Place(0x82800000, 1, 0x82000000));
        Assert.Null(Initrd.Place(0x80000001, ulong.MaxValue, 0x90000000));
        Assert.Null(Initrd.Place(ulong.MaxValue, 1, ulong.MaxValue));
    }
}
