using System.Security.Cryptography;
using System.Text;
using BootLoader.Dice;
using BootLoader.InstanceImage.Microdroid;
using Kvm.Interop.Memory;
using Microdroid.Dice;
using Microdroid.Tests.Flow;
using Virtualization.Payload;

namespace Microdroid.Tests.Dice;

/// <summary>The payload's layer, against values that another program computed.</summary>
public class PayloadLayerTests
{
    private static readonly MicrodroidData s_data = new(
        new byte[64],
        Apk(1, "com.example.payload", 7),
        [Apk(2, "com.example.extra", 0x1000_0000_0001)],
        [new ApexData("apex", "com.example.apex", 3, new byte[] { 9, 8, 7 }, Filled(32, 3), 0, false)]);

    [Fact]
    public void Code_and_authority_are_the_compound_hashes_with_raw_APEX_keys()
    {
        byte[] code = new byte[64], authority = new byte[64];
        PayloadLayer.CodeHash(s_data, code);
        PayloadLayer.AuthorityHash(s_data, authority);
        Assert.Equal(SHA512.HashData([.. Filled(32, 1), .. Filled(32, 2), .. Filled(32, 3)]), code);
        Assert.Equal(SHA512.HashData([.. Filled(64, 1), .. Filled(64, 2), 9, 8, 7]), authority);
    }

    [Fact]
    public void Sub_components_are_APKs_then_APEXes_and_an_APEX_is_vouched_for_by_the_hash_of_its_key()
    {
        string expected =
            "83"
            + "a401" + Text("apk:com.example.payload") + "0207" + "03" + Bytes(Filled(32, 1)) + "04" + Bytes(Filled(64, 1))
            + "a401" + Text("apk:com.example.extra") + "021b0000100000000001" + "03" + Bytes(Filled(32, 2)) + "04" + Bytes(Filled(64, 2))
            + "a401" + Text("apex:com.example.apex") + "0203" + "03" + Bytes(Filled(32, 3)) + "04" + Bytes(SHA512.HashData([9, 8, 7]));
        Assert.Equal(expected, Convert.ToHexStringLower(PayloadLayer.SubComponents(s_data)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_layer_is_that_of_the_inputs_and_its_certificate_says_them(bool isDebuggable)
    {
        byte[] hidden = PayloadLayer.Hidden(isStrictBoot: false, Filled(64, 5));
        Assert.Equal(SHA512.HashData(Filled(64, 5)), hidden);
        byte[] handover = MicrodroidManagerTests.Handover();
        using DiceArtifacts own = Take(handover);
        using DiceArtifacts layer = PayloadLayer.Derive(
            own, s_data, new PayloadMetadata { Config = new PayloadConfig { PayloadBinaryName = "payload.so" } }, isDebuggable, hidden);

        // {-70002: "Microdroid payload", -71001: {1: "payload.so"}, -71002: […]}
        byte[] descriptor = Convert.FromHexString(
            "a33a00011171" + Text("Microdroid payload") + "3a00011558a101" + Text("payload.so") + "3a00011559"
            + Convert.ToHexString(PayloadLayer.SubComponents(s_data)));
        byte[] code = SHA512.HashData([.. Filled(32, 1), .. Filled(32, 2), .. Filled(32, 3)]);
        byte[] authority = SHA512.HashData([.. Filled(64, 1), .. Filled(64, 2), 9, 8, 7]);
        byte mode = (byte)(isDebuggable ? 2 : 1);
        byte[] sealSalt = SHA512.HashData([.. authority, mode, .. hidden]);
        byte[] attestSalt = SHA512.HashData([.. code, .. SHA512.HashData(descriptor), .. authority, mode, .. hidden]);
        Assert.Equal(
            HKDF.DeriveKey(HashAlgorithmName.SHA512, own.Handover.CdiSeal.ToArray(), 32, sealSalt, "CDI_Seal"u8.ToArray()), layer.Handover.CdiSeal.ToArray());
        Assert.Equal(
            HKDF.DeriveKey(HashAlgorithmName.SHA512, own.Handover.CdiAttest.ToArray(), 32, attestSalt, "CDI_Attest"u8.ToArray()),
            layer.Handover.CdiAttest.ToArray());

        Assert.True(DiceChain.Open(layer.Handover.Chain, out DiceChain chain).IsNone);
        Assert.Equal(2, chain.Count);
        Assert.True(layer.Handover.Chain.IndexOf(descriptor) > 0);
    }

    [Fact]
    public void A_path_is_written_as_AVF_writes_it()
    {
        using DiceArtifacts own = Take(MicrodroidManagerTests.Handover());
        using DiceArtifacts layer = PayloadLayer.Derive(own, s_data, new PayloadMetadata { ConfigPath = "/config_path" }, false, new byte[64]);
        byte[] expected = Convert.FromHexString("a33a00011171724d6963726f64726f6964207061796c6f61643a000115576c2f636f6e6669675f706174683a00011559");
        Assert.True(layer.Handover.Chain.IndexOf(expected) > 0);
    }

    [Fact]
    public void With_strict_boot_or_without_an_id_nothing_is_hidden()
    {
        Assert.Equal(new byte[64], PayloadLayer.Hidden(isStrictBoot: true, Filled(64, 5)));
        Assert.Equal(new byte[64], PayloadLayer.Hidden(isStrictBoot: false, null));
    }

    [Fact]
    public void Secrets_are_those_of_version_1()
    {
        byte[] seal = Filled(32, 0x5e);
        using var memory = new LockedMemory(128);
        Assert.Equal(DiceError.None, new DiceHandover(Filled(32, 1), seal, default).TryWrite(memory.Span, out _));
        using var secret = new VmSecret(DiceArtifacts.Take(Copy(memory)));
        byte[] payload = new byte[32], shorter = new byte[16], store = new byte[32];
        secret.DerivePayloadSecret("id"u8, payload);
        secret.DerivePayloadSecret("id"u8, shorter);
        secret.DeriveEncryptedStoreKey(store);
        secret.DerivePayloadSecret("id"u8, []);
        Assert.Equal("da906e4eba82edbc176ac63beb8cdf7bbe1631a8310f143c858e0e6cc1a19395", Convert.ToHexStringLower(payload));
        Assert.Equal(payload[..16], shorter);
        Assert.Equal("05662476691c41c5fb55136a26b9889ff6fc5ac64dae72b1157a89cb7429318c", Convert.ToHexStringLower(store));
        Assert.Throws<ArgumentOutOfRangeException>(() => secret.DerivePayloadSecret("id"u8, new byte[33]));
    }

    [Fact]
    public void A_region_that_ends_inside_of_the_hand_over_or_has_none_is_refused()
    {
        byte[] handover = MicrodroidManagerTests.Handover();
        for (int length = 1; length < handover.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Take(handover[..length]));
        }

        Assert.Throws<InvalidDataException>(() => Take(new byte[4096]));
    }

    [Fact]
    public void Sample_artefacts_are_always_the_same_and_verify()
    {
        using DiceArtifacts first = DiceArtifacts.Sample(), second = DiceArtifacts.Sample();
        Assert.Equal(first.Handover.CdiSeal.ToArray(), second.Handover.CdiSeal.ToArray());
        Assert.True(DiceChain.Open(first.Handover.Chain, out DiceChain chain).IsNone);
        Assert.Equal(1, chain.Count);
    }

    private static DiceArtifacts Take(byte[] region)
    {
        var memory = new LockedMemory(region.Length);
        region.CopyTo(memory.Span);
        return DiceArtifacts.Take(memory);
    }

    private static LockedMemory Copy(LockedMemory memory)
    {
        var copy = new LockedMemory(memory.Span.Length);
        memory.Span.CopyTo(copy.Span);
        return copy;
    }

    private static ApkData Apk(byte value, string package, ulong version) => new(Filled(32, value), Filled(64, value), package, version);

    private static byte[] Filled(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    private static string Text(string text) =>
        (text.Length < 24 ? $"{0x60 + text.Length:x2}" : $"78{text.Length:x2}") + Convert.ToHexStringLower(Encoding.ASCII.GetBytes(text));

    private static string Bytes(byte[] bytes) => $"58{bytes.Length:x2}" + Convert.ToHexStringLower(bytes);
}
