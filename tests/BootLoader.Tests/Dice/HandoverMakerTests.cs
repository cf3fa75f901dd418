using System.Security.Cryptography;
using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Making;

namespace BootLoader.Tests.Dice;

public sealed class HandoverMakerTests
{
    private static readonly byte[] s_secret = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    [Theory]
    [InlineData(DiceMode.Normal)]
    [InlineData(DiceMode.Debug)]
    public void The_firmware_gets_a_hand_over_whose_chain_names_it_and_ends_with_its_key(DiceMode mode)
    {
        byte[] image = [1, 2, 3], publicKey = [4, 5];
        FirmwareMeasurement measured = Measure(image, publicKey, mode);
        byte[] handover = HandoverMaker.Make(s_secret, measured);
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        Assert.True(DiceChain.Open(read.Chain, out DiceChain chain).IsNone);
        Assert.True(chain.Verify<HostCryptography>().IsNone);
        Assert.Equal(1, chain.Count);
        Assert.Equal(mode == DiceMode.Debug, chain.HasDebugMode);
        foreach (DiceCertificate certificate in chain)
        {
            Assert.True(certificate.CodeHash.SequenceEqual(SHA512.HashData(image)));
            Assert.True(certificate.AuthorityHash.SequenceEqual(SHA512.HashData(publicKey)));
            Assert.Equal(mode, certificate.Mode);
            Assert.True(certificate.ProfileName.SequenceEqual("android.16"u8));
            Assert.Equal(DiceError.None, DiceComponent.Read(certificate.Configuration, out DiceComponent component));
            Assert.True(component.Name.SequenceEqual("Protected VM firmware"u8));
            Assert.Equal(9ul, component.SecurityVersion);
        }

        byte[] key = new byte[DicePublicKey.MaximumSize];
        Assert.True(DiceCertificateWriter.TryDerivePublicKey<DiceKeys<HostCryptography>, HostCryptography>(s_secret, DiceKeyAlgorithm.Ed25519, key));
        Assert.True(chain.RootKey.X.SequenceEqual(key.AsSpan(0, 32)));
        Assert.Equal(-1, handover.AsSpan().IndexOf(s_secret));
    }

    [Fact]
    public void The_same_firmware_gets_the_same_secrets_and_every_other_gets_others()
    {
        byte[] handover = HandoverMaker.Make(s_secret, Measure([1], [2], DiceMode.Normal));
        Assert.Equal(handover, HandoverMaker.Make(s_secret, Measure([1], [2], DiceMode.Normal)));
        Assert.Equal(Seal(handover), Seal(HandoverMaker.Make(s_secret, Measure([9], [2], DiceMode.Normal))));
        Assert.NotEqual(Attest(handover), Attest(HandoverMaker.Make(s_secret, Measure([9], [2], DiceMode.Normal))));
        Assert.NotEqual(Seal(handover), Seal(HandoverMaker.Make(s_secret, Measure([1], [9], DiceMode.Normal))));
        Assert.NotEqual(Seal(handover), Seal(HandoverMaker.Make(s_secret, Measure([1], [2], DiceMode.Debug))));
        byte[] other = [.. s_secret];
        other[31] ^= 1;
        Assert.NotEqual(Seal(handover), Seal(HandoverMaker.Make(other, Measure([1], [2], DiceMode.Normal))));
    }

    [Fact]
    public void A_secret_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => HandoverMaker.Make(new byte[31], Measure([1], [2], DiceMode.Normal)));

    private static FirmwareMeasurement Measure(byte[] image, byte[] publicKey, DiceMode mode)
    {
        FirmwareMeasurement measured = FirmwareMeasurement.Of(image, publicKey, mode, securityVersion: 9);
        Assert.Equal(mode, measured.Mode);
        return measured;
    }

    private static byte[] Attest(byte[] handover)
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        return read.CdiAttest.ToArray();
    }

    private static byte[] Seal(byte[] handover)
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        return read.CdiSeal.ToArray();
    }
}
