namespace Kvm.Interop.Tests;

public class OneRegTests
{
    [Fact]
    public void The_number_of_a_register_tells_its_width()
    {
        Assert.Equal(8, OneReg.SizeOf(OneReg.Pc));
        Assert.Equal(4, OneReg.SizeOf(OneReg.Fpcr));
        Assert.Equal(16, OneReg.SizeOf(OneReg.V(31)));
        Assert.Equal(64, OneReg.SizeOf(OneReg.KVM_REG_ARM64_SVE_VLS));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(31)]
    public void A_general_register_that_does_not_exist_is_refused(int number) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OneReg.X(number));

    [Fact]
    public void A_field_of_a_system_register_that_is_too_wide_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OneReg.SystemRegister(3, 8, 0, 0, 0));
}
