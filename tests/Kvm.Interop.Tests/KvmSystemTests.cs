using Kvm.Interop.Files;

namespace Kvm.Interop.Tests;

public class KvmSystemTests
{
    [Fact]
    public void A_missing_device_is_reported_with_its_path_and_the_likely_causes()
    {
        LinuxException exception = Assert.Throws<LinuxException>(() => KvmSystem.Open("/nonexistent/kvm"));

        Assert.Equal(Errno.ENOENT, exception.Errno);
        Assert.StartsWith("open on /nonexistent/kvm: ENOENT", exception.Message, StringComparison.Ordinal);
        Assert.Contains("EL2", exception.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_KVM_is_refused_by_name()
    {
        LinuxException exception = Assert.Throws<LinuxException>(() => KvmSystem.Open("/dev/null"));

        Assert.Equal(Errno.ENOTTY, exception.Errno);
        Assert.Contains("KVM_GET_API_VERSION on /dev/null", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_group_of_a_file_is_found_by_its_number()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "root:x:0:\nkvm:x:104:alice\nbroken line\n");

            Assert.Equal("kvm", UnixGroup.NameIn(path, "104"));
            Assert.Null(UnixGroup.NameIn(path, "105"));
            Assert.Null(UnixGroup.NameIn("/nonexistent", "104"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(0, false, 0UL)]
    [InlineData(40, false, 40UL)]
    [InlineData(36, true, 0x80000024UL)]
    public void A_VM_type_holds_address_bits_and_protection(int bits, bool isProtected, ulong value) =>
        Assert.Equal(value, new KvmVmType(bits, isProtected).Value);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(36, 36)]
    [InlineData(40, 40)]
    [InlineData(48, 40)]
    [InlineData(52, 40)]
    public void A_host_is_asked_for_a_protected_VM_with_at_most_40_address_bits(int most, int bits) =>
        Assert.Equal(new KvmVmType(bits, Protected: true), KvmVmType.AnyProtected(most));
}
