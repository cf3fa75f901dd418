using Integration.Hosts;

namespace Integration.ProtectedVm;

/// <summary>The counter-proof: what a protected VM keeps from the host, a normal one does not.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class UnprotectedMemoryTests(PlainKvm plain) : HostTests(plain.Host)
{
    [Fact]
    public async Task The_host_finds_a_normal_guests_secret_on_every_way_and_the_guest_does_not_notice()
    {
        await using SecretGuest guest = await SecretGuest.Start(Work, isProtected: false);

        foreach (string way in (string[])["mem", "readv"])
        {
            MemoryScan scan = await guest.Scan(way);
            Assert.InRange(scan.Pages, 32 * 256, (32 * 256) + 64);
            Assert.Equal(scan.Pages, scan.Read);
            Assert.Equal(16, scan.WithWord);
            await guest.ShouldBeIntact();
        }

        await guest.PowerOff();
    }

    [Fact]
    public async Task The_vmm_itself_loads_a_normal_guests_secret()
    {
        CommandResult load = await Work.Run($"./HostProbe load guests/secret.img {SecretGuest.Address}");

        load.ShouldExitWith(0);
        Assert.Equal($"loading\nword {SecretGuest.Word}\n", load.Text);
    }
}
