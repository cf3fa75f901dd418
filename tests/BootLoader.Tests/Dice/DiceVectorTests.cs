using BootLoader.Cryptography;
using BootLoader.Dice;
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

    private sealed class Layer
    {
        private readonly byte[] _attest, _seal, _code, _configuration, _authority;

        public Layer(string set)
        {
            Func<string, int, byte[]> input = set == "ZeroInput" ? (_, length) => new byte[length] : DiceVectors.Fake;
            (_attest, _seal) = (input("cdi_attest", 32), input("cdi_seal", 32));
            (_code, _configuration, _authority) = (input("code_hash", 64), input("inline_config", 64), input("authority_hash", 64));
            DiceError error = DiceCdi.Derive<HostCryptography>(
                _attest, _seal, new DiceInputs(_code, _authority, DiceMode.NotConfigured, new byte[64]), DiceConfiguration.Inline(_configuration), NextAttest, NextSeal);
            Assert.Equal(DiceError.None, error);
        }

        public byte[] NextAttest { get; } = new byte[32];

        public byte[] NextSeal { get; } = new byte[32];

        public byte[] Certificate<TKeys>(DiceProfile profile)
            where TKeys : IDiceKeys
        {
            byte[] output = new byte[1024];
            DiceError error = DiceCertificateWriter.TryWrite<TKeys, HostCryptography>(
                _attest,
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
