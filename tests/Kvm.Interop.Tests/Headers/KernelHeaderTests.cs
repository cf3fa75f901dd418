namespace Kvm.Interop.Tests.Headers;

public class KernelHeaderTests
{
    [SkippableFact]
    public void Every_number_and_layout_is_that_of_the_installed_kernel_headers()
    {
        CompiledHeaders? headers = CompiledHeaders.Installed(out string reason);
        Skip.If(headers is null, reason);

        string complaints = headers.Check(InteropSource.ForKernel());
        Assert.True(complaints.Length == 0, complaints);
    }

    [SkippableFact]
    public void Every_number_and_layout_is_that_of_newer_kernel_headers()
    {
        CompiledHeaders? headers = CompiledHeaders.Newer(out string reason);
        Skip.If(headers is null, reason);

        string complaints = headers.Check(InteropSource.ForKernel());
        Assert.True(complaints.Length == 0, complaints);
    }

    [SkippableFact]
    public void Every_number_and_layout_is_that_of_the_C_library()
    {
        CompiledHeaders? headers = CompiledHeaders.Installed(out string reason);
        Skip.If(headers is null, reason);

        string complaints = headers.Check(InteropSource.ForLibc());
        Assert.True(complaints.Length == 0, complaints);
    }

    [SkippableFact]
    public void A_wrong_number_is_found()
    {
        CompiledHeaders? headers = CompiledHeaders.Installed(out string reason);
        Skip.If(headers is null, reason);

        string source = InteropSource.ForKernel().Replace("(KVM_RUN) == 44672ULL", "(KVM_RUN) == 44673ULL", StringComparison.Ordinal);

        Assert.Contains("KVM_RUN is not 44672", headers.Check(source), StringComparison.Ordinal);
    }

    [Fact]
    public void The_source_speaks_of_structures_constants_and_enumerations()
    {
        string source = InteropSource.ForKernel();

        Assert.Contains("offsetof(struct kvm_run, mmio.is_write)", source, StringComparison.Ordinal);
        Assert.Contains("(KVM_EXIT_ARM_SEA)", source, StringComparison.Ordinal);
        Assert.Contains("(EAGAIN)", source, StringComparison.Ordinal);
        Assert.Contains(typeof(KvmCapability), InteropSource.KernelEnums());
    }
}
