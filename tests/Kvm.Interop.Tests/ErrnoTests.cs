namespace Kvm.Interop.Tests;

public class ErrnoTests
{
    [Theory]
    [InlineData(Errno.EINVAL, "EINVAL")]
    [InlineData(Errno.EAGAIN, "EAGAIN")]
    [InlineData(Errno.EHWPOISON, "EHWPOISON")]
    [InlineData(4711, "errno 4711")]
    public void A_number_has_the_headers_name(int errno, string name) => Assert.Equal(name, Errno.Name(errno));

    [Fact]
    public void An_exception_names_call_object_error_and_hint()
    {
        LinuxException exception = new("KVM_CREATE_VM", "/dev/kvm", Errno.EINVAL, "ask for fewer address bits");

        Assert.Equal("KVM_CREATE_VM on /dev/kvm: EINVAL (Invalid argument); ask for fewer address bits", exception.Message);
    }

    [Fact]
    public void An_exception_without_a_hint_ends_with_the_error() =>
        Assert.Equal("read on eventfd: EBADF (Bad file descriptor)", new LinuxException("read", "eventfd", Errno.EBADF).Message);
}
