using BootLoader.Avb;
using Integration.Hosts;
using Integration.Refusals;

namespace Integration.Firmware;

/// <summary>Which firmware vmm starts at all.</summary>
[Collection(PlainKvmCollection.Name)]
public sealed class FirmwareTrustTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Key = "(--pvmfw-key names the key to trust)";

    [Fact]
    public async Task A_firmware_that_is_not_what_the_trusted_key_signed_is_refused_before_anything_starts()
    {
        byte[] genuine = TestFirmware.Image;
        var payload = new TestPayload();
        (string Name, byte[] Image, string Options, string Says)[] refused =
        [
            ("bit", Flip(genuine, 5000), "", Key),
            ("last", Flip(genuine, TestFirmware.Program.Length - 1), "", Key),
            ("vbmeta", Flip(genuine, ((TestFirmware.Program.Length + 4095) / 4096 * 4096) + 119), "", Key),
            ("signature", Flip(genuine, ((TestFirmware.Program.Length + 4095) / 4096 * 4096) + 256 + 32 + 9), "", Key),
            ("unsigned", TestFirmware.Program, "", "has no AVB footer"),
            ("cut", genuine[..^64], "", "has no AVB footer"),
            ("stranger", TestFirmware.Sign(TestFirmware.Program, TestKeys.Stranger(4096)), "", Key),
            ("guest-key", TestFirmware.Sign(TestFirmware.Program, TestKeys.Guest), "", Key),
            ("other-partition", TestFirmware.Sign(TestFirmware.Program, TestKeys.Firmware, partition: "boot"), "", Key),
            ("disabled", TestFirmware.Sign(TestFirmware.Program, TestKeys.Firmware, flags: VbmetaFlags.VerificationDisabled), "", Key),
            ("wrong-key", genuine, "--pvmfw-key $W/stranger.avbpubkey", Key),
            ("no-key", genuine, "--pvmfw-key $W/kernel", "--pvmfw-key: "),
            ("empty", [], "", "--unprotected-vm-with-firmware: "),
        ];
        await BootTable.Put(
            Work,
            [.. refused.Select(one => (one.Name, one.Image)), ("kernel", payload.Sign()), ("initrd", payload.Normal!), ("device-secret", TestIdentity.DeviceSecret),
                ("stranger.avbpubkey", TestKeys.Stranger(4096).PublicKeyBlob)]);
        foreach ((string name, _, string options, string says) in refused)
        {
            CommandResult run = await Work.Run(
                $"./vmm --extended-status --log-level error run --unprotected-vm-with-firmware $W/{name} {options} {TestIdentity.Options} --mem 64 --swiotlb 4 --initrd $W/initrd $W/kernel </dev/null");
            Refusal.Check(run, 1, says);
        }
    }

    [Fact]
    public async Task A_firmware_of_a_key_that_the_user_names_starts_its_guest()
    {
        var payload = new TestPayload();
        byte[] pem = TestKeys.File("firmware.pem");
        IReadOnlyList<BootResult> results = await BootTable.Run(
            Work,
            "--unprotected-vm-with-firmware",
            [
                new BootCase("a public key", null, payload) { Firmware = "$W/other.img --pvmfw-key $W/stranger.avbpubkey" },
                new BootCase("a PEM file", null, payload) { Firmware = "$W/pvmfw.img --pvmfw-key $W/firmware.pem" },
                new BootCase("no key", null, payload) { Firmware = "$W/unsigned --pvmfw-key none" },
                new BootCase("the one that vmm knows", null, payload),
            ],
            ("other.img", TestFirmware.Sign(TestFirmware.Program, TestKeys.Stranger(4096))),
            ("stranger.avbpubkey", TestKeys.Stranger(4096).PublicKeyBlob),
            ("firmware.pem", pem),
            ("unsigned", TestFirmware.Program));
        Assert.All(results, result => Assert.Equal("up", result.Console));
    }

    private static byte[] Flip(byte[] image, int at)
    {
        byte[] copy = [.. image];
        copy[at] ^= 1;
        return copy;
    }
}
