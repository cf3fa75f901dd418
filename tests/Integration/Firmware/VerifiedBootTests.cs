using Integration.Hosts;
using Integration.ProtectedVm;

namespace Integration.Firmware;

/// <summary>A verified boot of a normal VM: the same firmware does the same without protection.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class VerifiedBootTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Option = "--unprotected-vm-with-firmware";

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signed_guest_boots_with_devices_and_its_secrets_are_those_of_what_was_signed(bool isDebuggable)
    {
        await VerifiedGuest.PutFiles(Work);
        await VerifiedBoot.Run(Work, Option, isDebuggable, isNew: true);
    }

    /// <summary>The counter-proof: the same look at a normal VM finds them.</summary>
    [Fact]
    public async Task The_host_finds_a_normal_guests_words_and_the_secrets_it_was_given()
    {
        await using SecretGuest guest = await FirmwareSecretGuest.Start(Work, Option, "");
        await guest.ShouldBeIntact();

        foreach ((string word, int pages) in FirmwareSecretGuest.Words.Zip((int[])[16, 1, 1]))
        {
            Assert.Equal(pages, (await guest.Scan("mem", word)).WithWord);
        }

        await guest.PowerOff();
    }
}
