using BootLoader.Cryptography;
using BootLoader.Dice;
using Keys = BootLoader.Dice.DiceKeys<BootLoader.Cryptography.HostCryptography>;

namespace BootLoader.Tests.Dice;

public sealed class DiceHandoverTests
{
    [SkippableFact]
    public void A_genuine_hand_over_is_read_wholly_and_its_chain_ends_with_the_key_of_its_CDI()
    {
        byte[] bytes = DiceVectors.Handover();
        Assert.Equal(DiceError.None, DiceHandover.Read(bytes, out DiceHandover handover));
        Assert.Equal(DiceError.None, DiceChain.Open(handover.Chain, out DiceChain chain).Error);
        Assert.Equal(2, chain.Count);
        Assert.True(chain.HasDebugMode);
        Assert.Equal(DiceError.None, chain.Verify<HostCryptography>().Error);
        byte[] key = new byte[DicePublicKey.MaximumSize];
        Assert.True(DiceCertificateWriter.TryDerivePublicKey<Keys, HostCryptography>(handover.CdiAttest, DiceKeyAlgorithm.Ed25519, key));
        Assert.True(chain.LeafKey.X.SequenceEqual(key.AsSpan(0, 32)));
    }

    [SkippableFact]
    public void A_genuine_hand_over_is_written_again_byte_for_byte()
    {
        byte[] bytes = DiceVectors.Handover();
        Assert.Equal(DiceError.None, DiceHandover.Read(bytes, out DiceHandover handover));
        byte[] output = new byte[bytes.Length];
        Assert.Equal(DiceError.None, handover.TryWrite(output, out int written));
        Assert.Equal(bytes, output[..written]);
        Assert.Equal(DiceError.OutputTooSmall, handover.TryWrite(output.AsSpan(1), out written));
        Assert.Equal(0, written);
    }
}
