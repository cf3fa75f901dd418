using Integration.Hosts;

namespace Integration.Interop;

/// <summary>Kvm.Interop against a real kernel: HostProbe's checks, on a plain host.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class InteropTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Theory]
    [InlineData("api")]
    [InlineData("kick 1000")]
    [InlineData("exits 20000")]
    [InlineData("private")]
    [InlineData("end")]
    public async Task Every_check_of_the_probe_passes(string checks) => await ProbeChecks.Run(Work, checks);
}
