using System.Security.Cryptography;
using Integration.Firmware;
using Integration.Hosts;

namespace Integration.Dice;

/// <summary>
/// The secrets and the chain that the firmware hands to a guest, against a second computation of all of them from the signed files and the device's
/// secret, by .NET's HKDF and openssl's Ed25519.
/// </summary>
[Collection(PlainKvmCollection.Name)]
public sealed class GuestSecretTests(PlainKvm plain) : HostTests(plain.Host)
{
    private const string Option = "--unprotected-vm-with-firmware";

    private static readonly TestPayload s_payload = new() { Code = TestPayload.Guest("dice") };

    [SkippableFact]
    public async Task A_named_instance_has_the_same_secrets_at_each_boot_and_any_change_of_what_it_is_changes_them()
    {
        byte[] otherId = SHA512.HashData("another instance"u8), otherDevice = SHA256.HashData("another device"u8);
        TestPayload otherCode = s_payload with { Code = [.. s_payload.Code, 1] }, newer = s_payload with { RollbackIndex = 2 },
            named = s_payload with { Name = "a name" }, otherSigner = s_payload with { Key = TestKeys.Stranger(4096) };
        byte[] otherFirmware = TestFirmware.Trusting(TestKeys.Stranger(4096));
        byte[] ramdisk = s_payload.Normal!, otherRamdisk = TestPayload.Bytes("another ramdisk");
        TestPayload withOtherRamdisk = s_payload with { Normal = otherRamdisk };
        (BootCase Boot, MeasuredFiles Files, byte[] Id)[] boots =
        [
            Case("the instance", s_payload, ramdisk),
            Case("again", s_payload, ramdisk),
            Case("another kernel", otherCode, ramdisk),
            Case("another ramdisk", withOtherRamdisk, otherRamdisk),
            Case("debug mode", s_payload, s_payload.Debug!),
            Case("another version", newer, ramdisk),
            Case("a name", named, ramdisk),
            Case("another instance", s_payload, ramdisk, otherId),
            With(Case("another device", s_payload, ramdisk), "--device-secret $W/other-device", files => files with { DeviceSecret = otherDevice }),
            With(
                Case("another signer", otherSigner, ramdisk),
                "",
                files => files with { Firmware = otherFirmware, GuestAuthority = SHA512.HashData(TestKeys.Stranger(4096).PublicKeyBlob) },
                "$W/other-firmware.img"),
        ];

        IReadOnlyList<BootResult> results = await BootTable.Run(
            Work,
            Option,
            [.. boots.Select(boot => boot.Boot)],
            ("other-device", otherDevice),
            ("other-firmware.img", TestFirmware.Sign(otherFirmware, TestKeys.Firmware)));

        GuestSecrets[] secrets = [.. results.Select(result => GuestSecrets.Parse(result.Console))];
        for (int i = 0; i < boots.Length; i++)
        {
            byte[] hash = MeasuredFiles.HashOf(boots[i].Id);
            secrets[i].ShouldBeOf(boots[i].Files with { InstanceHash = hash }, salt: hash);
        }

        Assert.Equal(results[0].Console, results[1].Console);
        Assert.Equal(boots.Length - 1, secrets.Select(one => Convert.ToHexString(one.Attest)).Distinct().Count());
        // The sealing secret outlives an update, so it is the same for other code, version and name of one signer, and of nobody else.
        string[] seals = [.. secrets.Select(one => Convert.ToHexString(one.Seal))];
        Assert.All((int[])[1, 2, 3, 5, 6], i => Assert.Equal(seals[0], seals[i]));
        Assert.Equal(5, ((int[])[0, 4, 7, 8, 9]).Select(i => seals[i]).Distinct().Count());
    }

    [SkippableFact]
    public async Task The_salt_of_an_instance_with_a_disk_is_in_its_image_and_only_the_device_reads_it()
    {
        TestPayload payload = s_payload with { Capabilities = null };
        BootCase boot = new("the instance", null, payload)
        {
            Options = "--device-secret $W/device-secret --block $W/disk.img,type=composite",
            Before = "./vmm image create-instance $W/instance.img && ./vmm create_composite $W/disk.img vm-instance:$W/instance.img:writable",
        };

        BootResult result = Assert.Single(await BootTable.Run(Work, Option, [boot]));

        byte[] image = Convert.FromBase64String((await Work.Run("head -c 2048 $W/instance.img | base64")).ShouldExitWith(0).Output);
        MeasuredFiles files = MeasuredFiles.Of(payload, payload.Normal!);
        GuestSecrets.Parse(result.Console).ShouldBeOf(files, files.SaltOf(image));
    }

    private static (BootCase, MeasuredFiles, byte[] Id) Case(string name, TestPayload payload, byte[] ramdisk, byte[]? id = null) =>
        (new BootCase(name, null, payload) { Initrd = ramdisk, Options = TestIdentity.Named(id ?? TestIdentity.InstanceId) },
            MeasuredFiles.Of(payload, ramdisk),
            id ?? TestIdentity.InstanceId);

    /// <summary>Another device, or another firmware.</summary>
    private static (BootCase, MeasuredFiles, byte[] Id) With(
        (BootCase Boot, MeasuredFiles Files, byte[] Id) one, string device, Func<MeasuredFiles, MeasuredFiles> change, string firmware = "$W/pvmfw.img")
    {
        string options = device.Length == 0 ? one.Boot.Options : one.Boot.Options.Replace("--device-secret $W/device-secret", device, StringComparison.Ordinal);
        return (one.Boot with { Options = options, Firmware = firmware }, change(one.Files), one.Id);
    }
}
