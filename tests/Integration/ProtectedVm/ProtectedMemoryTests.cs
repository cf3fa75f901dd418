using Integration.Hosts;
using Integration.Interop;

namespace Integration.ProtectedVm;

/// <summary>No access of the host returns what a protected guest has written.</summary>
[Collection(ProtectedKvmCollection.Name)]
public sealed class ProtectedMemoryTests(ProtectedKvm pkvm) : ProtectedTests(pkvm)
{
    [SkippableTheory]
    [InlineData("mem")]
    [InlineData("readv")]
    public async Task Reading_a_guests_memory_gives_zeros_and_costs_the_guest_its_pages(string way)
    {
        await using SecretGuest guest = await SecretGuest.Start(Work, isProtected: true, "--socket $W/socket");
        await guest.ShouldBeIntact();

        // Held, or it would run into its first lost page, and the VM end, before all are read.
        (await Work.Run("./vmm suspend $W/socket")).ShouldExitWith(0);
        MemoryScan scan = await guest.Scan(way);
        Assert.InRange(scan.Pages, 32 * 256, (32 * 256) + 64);
        Assert.Equal(scan.Pages, scan.Read);
        Assert.Equal(0, scan.WithWord);

        (await Work.Run("./vmm resume $W/socket")).ShouldExitWith(0);
        CommandResult ended = await guest.End();
        ended.ShouldExitWith(33);
        Assert.EndsWith("\nready\nintact\n", ended.Output, StringComparison.Ordinal);
        string line = Assert.Single(ended.Error.Trim().Split('\n'));
        Assert.StartsWith("vmm: vCPU 0 cannot go on: KVM_RUN", line, StringComparison.Ordinal);
        Assert.EndsWith("the host took a private page away from the guest", line, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_load_through_the_vmms_own_mapping_ends_the_vmm()
    {
        CommandResult load = await Work.Run($"./HostProbe load guests/secret.img {SecretGuest.Address} --protected");

        load.ShouldExitWith(128 + 11);
        Assert.Equal("loading\n", load.Output);
    }

    [SkippableTheory]
    [InlineData("private --protected")]
    [InlineData("end --protected")]
    [InlineData("api --protected")]
    [InlineData("kick 300 --protected")]
    [InlineData("exits 5000 --protected")]
    public async Task Every_check_of_the_probe_passes(string checks) => await ProbeChecks.Run(Work, checks);
}
