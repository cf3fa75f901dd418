using BootLoader.Dice;
using BootLoader.Dice.Text;

namespace BootLoader.Tests.Dice;

public sealed class DiceTextTests
{
    [SkippableFact]
    public void A_genuine_hand_over_is_put_into_words_without_its_secrets()
    {
        byte[] bytes = DiceVectors.Handover();
        var report = DiceReport.Read(bytes);
        Assert.True(report.Verified);
        string text = Text(report);
        Assert.StartsWith("hand-over: CDI_Attest and CDI_Seal are there (secrets, not shown)\nchain: 2 certificates\nroot\n  id               02860a3053c2bbc9fc69bb825f14e1431699e290\n", text, StringComparison.Ordinal);
        Assert.Contains("  component        Protected VM firmware\n", text, StringComparison.Ordinal);
        Assert.Contains("  version          436207987\n", text, StringComparison.Ordinal);
        Assert.Contains("  mode             debug\n", text, StringComparison.Ordinal);
        Assert.Contains("  mode             normal\n", text, StringComparison.Ordinal);
        Assert.Contains("  signature        Ed25519, right\n", text, StringComparison.Ordinal);
        Assert.EndsWith("leaf key: the one that belongs to CDI_Attest\n", text, StringComparison.Ordinal);
        Assert.Equal(DiceError.None, DiceHandover.Read(bytes, out DiceHandover handover));
        Assert.DoesNotContain(Convert.ToHexStringLower(handover.CdiAttest), text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(handover.CdiSeal), text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_signature_is_told_of_its_certificate_and_the_others_are_right()
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(3));
        chain[^1] ^= 1;
        var report = DiceReport.Read(chain);
        Assert.False(report.Verified);
        Assert.False(report.IsHandover);
        Assert.Null(report.LeafKeyIsOfCdi);
        Assert.Equal([true, true, false], report.Certificates.Select(certificate => certificate.Verified));
        Assert.Contains("  signature        WRONG: the certificate has a wrong signature\n", Text(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_key_of_another_CDI_is_told()
    {
        byte[] handover = TestLayers.After(1);
        handover[5] ^= 1;
        var report = DiceReport.Read(handover);
        Assert.False(report.Verified);
        Assert.True(report.Certificates[0].Verified);
        Assert.EndsWith("leaf key: WRONG, it does not belong to CDI_Attest\n", Text(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DiceKeyAlgorithm.P256, "P-256")]
    [InlineData(DiceKeyAlgorithm.P384, "P-384")]
    public void Chains_of_curve_keys_are_verified_and_named(DiceKeyAlgorithm algorithm, string name)
    {
        var report = DiceReport.Read(TestLayers.After(1, algorithm, DiceMode.Recovery));
        Assert.True(report.Verified);
        Assert.Equal(name, report.RootKey!.Type);
        Assert.Equal(name, report.Certificates[0].Algorithm);
        Assert.Equal("recovery", report.Certificates[0].Mode);
        Assert.Equal("android.16", report.Certificates[0].Profile);
    }

    [Fact]
    public void A_hand_over_in_a_larger_region_of_zeros_is_taken_and_other_bytes_are_not()
    {
        byte[] region = [.. TestLayers.After(1), .. new byte[100]];
        Assert.Equal(100, DiceReport.Read(region).Padding);
        region[^1] = 1;
        Assert.Equal("the hand-over is followed by bytes that do not belong to it", Assert.Throws<DiceTextException>(() => DiceReport.Read(region)).Message);
    }

    [Fact]
    public void A_hand_over_without_a_chain_says_so() =>
        Assert.Equal("hand-over: CDI_Attest and CDI_Seal are there (secrets, not shown)\nchain: none\n", Text(DiceReport.Read(TestLayers.Root)));

    [Fact]
    public void What_is_not_well_formed_is_refused_with_the_certificate_that_is_not()
    {
        byte[] chain = TestLayers.Chain(TestLayers.After(2));
        int mode = chain.AsSpan().LastIndexOf((byte[])[0x3a, 0x00, 0x47, 0x44, 0x56, 0x41, 0x01]);
        chain[mode + 6] = 9;
        Assert.Equal("certificate 2 of the chain has no mode, or one that is unknown", Assert.Throws<DiceTextException>(() => DiceReport.Read(chain)).Message);
        Assert.Throws<DiceTextException>(() => DiceReport.Read([]));
        Assert.Throws<DiceTextException>(() => DiceReport.Read("text"u8.ToArray()));
    }

    [Fact]
    public void Names_in_a_certificate_cannot_steer_a_terminal()
    {
        Assert.Equal(DiceError.None, TestLayers.Extend(TestLayers.Root, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "a\u001b[2J\nsignature right\u202e", out byte[] handover));
        Assert.Contains("  component        a\\u{1b}[2J\\u{a}signature right\\u{202e}\n", Text(DiceReport.Read(handover)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_has_words_of_its_own()
    {
        DiceError[] errors = Enum.GetValues<DiceError>();
        Assert.Equal(errors.Length, errors.Select(DiceNames.Of).Distinct().Count());
        Assert.DoesNotContain("is wrong", errors.Select(DiceNames.Of));
    }

    private static string Text(DiceReport report)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        DiceText.Write(writer, report);
        return writer.ToString();
    }
}
