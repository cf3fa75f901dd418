using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Host;
using Keys = BootLoader.Dice.DiceKeys<BootLoader.Cryptography.HostCryptography>;

namespace BootLoader.Tests.Dice;

public sealed class DiceVectorTests
{
    [SkippableTheory]
    [InlineData("ZeroInput")]
    [InlineData("HashOnlyInput")]
    public void CDIs_are_those_of_open_dice(string set)
    {
        var layer = new Layer(set);
        Assert.Equal(DiceVectors.Expected($"kExpectedCdiAttest_{set}"), layer.NextAttest);
        Assert.Equal(DiceVectors.Expected($"kExpectedCdiSeal_{set}"), layer.NextSeal);
    }

    [SkippableTheory]
    [InlineData("ZeroInput", "")]
    [InlineData("HashOnlyInput", "")]
    [InlineData("ZeroInput", "Android")]
    [InlineData("HashOnlyInput", "Android")]
    public void Ed25519_certificates_are_those_of_open_dice_byte_for_byte(string set, string kind)
    {
        var layer = new Layer(set);
        byte[] made = layer.Certificate<Keys>(kind.Length == 0 ? DiceProfile.OpenDice : new DiceProfile(DiceKeyAlgorithm.Ed25519, "android.18"u8));
        Assert.Equal(DiceVectors.Expected($"kExpectedCborEd25519Cert_{kind}{set}"), made);
    }

    /// <summary>
    /// The signatures of ECDSA hold a random number, so they cannot be made again: what is signed is compared, and the genuine signature is
    /// verified with the key that is derived here.
    /// </summary>
    [SkippableTheory]
    [InlineData("P256", "ZeroInput", "")]
    [InlineData("P256", "HashOnlyInput", "")]
    [InlineData("P256", "ZeroInput", "Android")]
    [InlineData("P256", "HashOnlyInput", "Android")]
    [InlineData("P384", "ZeroInput", "")]
    [InlineData("P384", "HashOnlyInput", "")]
    [InlineData("P384", "ZeroInput", "Android")]
    [InlineData("P384", "HashOnlyInput", "Android")]
    public void ECDSA_certificates_are_those_of_open_dice_but_for_the_signature_which_verifies(string curve, string set, string kind)
    {
        byte[] expected = DiceVectors.Expected($"kExpectedCbor{curve}Cert_{kind}{set}");
        DiceKeyAlgorithm algorithm = curve == "P256" ? DiceKeyAlgorithm.P256 : DiceKeyAlgorithm.P384;
        int signature = DicePublicKey.SignatureSize(algorithm);
        var layer = new Layer(set);
        DiceProfile profile = kind.Length != 0 ? new DiceProfile(algorithm, "android.18"u8)
            : curve == "P256" ? DiceProfile.OpenDiceP256 : DiceProfile.OpenDiceP384;
        byte[] made = layer.Certificate<HostDiceKeys>(profile);
        Assert.Equal(expected[..^signature], made[..^signature]);

        byte[] issuer = new byte[DicePublicKey.MaximumSize];
        Assert.True(DiceCertificateWriter.TryDerivePublicKey<HostDiceKeys, HostCryptography>(layer.Attest, algorithm, issuer));
        var key = new DicePublicKey(algorithm, issuer.AsSpan(0, DicePublicKey.RawSize(algorithm)));
        foreach (byte[] certificate in (byte[][])[expected, made])
        {
            Assert.Equal(DiceError.None, DiceCertificate.Read(certificate, out DiceCertificate read));
            Assert.Equal(DiceError.None, read.Verify<HostDiceKeys, HostCryptography>(key, new byte[1024]));
            certificate[^1] ^= 1;
            Assert.Equal(DiceError.None, DiceCertificate.Read(certificate, out read));
            Assert.Equal(DiceError.WrongSignature, read.Verify<HostDiceKeys, HostCryptography>(key, new byte[1024]));
        }
    }

    [Fact]
    public void Keys_of_P_384_are_none_of_the_firmware()
    {
        byte[] key = new byte[DicePublicKey.MaximumSize];
        Assert.False(DiceCertificateWriter.TryDerivePublicKey<Keys, HostCryptography>(new byte[32], DiceKeyAlgorithm.P384, key));
        Assert.True(DiceCertificateWriter.TryDerivePublicKey<HostDiceKeys, HostCryptography>(new byte[32], DiceKeyAlgorithm.P384, key));
    }

    private sealed class Layer
    {
        private readonly byte[] _seal, _code, _configuration, _authority;

        public Layer(string set)
        {
            Func<string, int, byte[]> input = set == "ZeroInput" ? (_, length) => new byte[length] : DiceVectors.Fake;
            (Attest, _seal) = (input("cdi_attest", 32), input("cdi_seal", 32));
            (_code, _configuration, _authority) = (input("code_hash", 64), input("inline_config", 64), input("authority_hash", 64));
            DiceError error = DiceCdi.Derive<HostCryptography>(
                Attest, _seal, new DiceInputs(_code, _authority, DiceMode.NotConfigured, new byte[64]), DiceConfiguration.Inline(_configuration), NextAttest, NextSeal);
            Assert.Equal(DiceError.None, error);
        }

        public byte[] Attest { get; }

        public byte[] NextAttest { get; } = new byte[32];

        public byte[] NextSeal { get; } = new byte[32];

        public byte[] Certificate<TKeys>(DiceProfile profile)
            where TKeys : IDiceKeys
        {
            byte[] output = new byte[1024];
            DiceError error = DiceCertificateWriter.TryWrite<TKeys, HostCryptography>(
                Attest,
                NextAttest,
                new DiceInputs(_code, _authority, DiceMode.NotConfigured, new byte[64]),
                DiceConfiguration.Inline(_configuration),
                profile,
                output,
                out int written);
            Assert.Equal(DiceError.None, error);
            return output[..written];
        }
    }
}
