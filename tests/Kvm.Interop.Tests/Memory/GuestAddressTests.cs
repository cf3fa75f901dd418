using Kvm.Interop.Memory;

namespace Kvm.Interop.Tests.Memory;

public class GuestAddressTests
{
    [Fact]
    public void A_sum_that_passes_the_top_is_refused()
    {
        Assert.False(new GuestAddress(ulong.MaxValue).TryAdd(1, out GuestAddress sum));
        Assert.Equal(default, sum);
        Assert.Throws<OverflowException>(() => new GuestAddress(ulong.MaxValue) + 1);
    }

    [Fact]
    public void A_sum_up_to_the_top_is_given()
    {
        Assert.True(new GuestAddress(ulong.MaxValue - 1).TryAdd(1, out GuestAddress sum));
        Assert.Equal(ulong.MaxValue, sum.Value);
    }

    [Fact]
    public void A_distance_backwards_is_refused() => Assert.Throws<OverflowException>(() => new GuestAddress(1) - new GuestAddress(2));

    [Fact]
    public void An_address_and_a_range_print_in_hexadecimal()
    {
        Assert.Equal("0x80000000", new GuestAddress(0x8000_0000).ToString());
        Assert.Equal("0x80000000-0x80000fff", new GuestRange(new(0x8000_0000), 0x1000).ToString());
    }
}
