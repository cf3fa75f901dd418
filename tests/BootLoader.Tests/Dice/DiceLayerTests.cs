using BootLoader.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Host;
using Keys = BootLoader.Dice.DiceKeys<BootLoader.Cryptography.HostCryptography>;

namespace BootLoader.Tests.Dice;

public sealed class DiceLayerTests
{
    [Theory]
    [InlineData(DiceKeyAlgorithm.Ed25519)]
    [InlineData(DiceKeyAlgorithm.P256)]
    [InlineData(DiceKeyAlgorithm.P384)]
    public void Each_layer_extends_the_chain_by_one_certificate_and_the_whole_verifies(DiceKeyAlgorithm algorithm)
    {
        byte[] handover = TestLayers.Root;
        byte[] key = new byte[DicePublicKey.MaximumSize];
        for (int layer = 1; layer <= 3; layer++)
        {
            Assert.Equal(DiceError.None, TestLayers.Extend(handover, algorithm, DiceMode.Normal, $"layer {layer}", out handover));
            Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
            Assert.Equal(DiceError.None, DiceChain.Open(read.Chain, out DiceChain chain).Error);
            Assert.Equal(layer, chain.Count);
            Assert.False(chain.HasDebugMode);
            Assert.Equal(DiceError.None, chain.Verify<HostDiceKeys, HostCryptography>(new byte[2048]).Error);
            Assert.True(DiceCertificateWriter.TryDerivePublicKey<HostDiceKeys, HostCryptography>(read.CdiAttest, algorithm, key));
            Assert.True(chain.LeafKey.Equals(new DicePublicKey(algorithm, key.AsSpan(0, DicePublicKey.RawSize(algorithm)))));
        }
    }

    [SkippableFact]
    public void A_genuine_hand_over_is_extended_and_the_chain_still_verifies_wholly()
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(DiceVectors.Handover(), out DiceHandover genuine));
        byte[] output = new byte[4096];
        Assert.Equal(DiceError.None, DiceLayer.TryDerive<HostCryptography>(genuine, TestLayers.Inputs(DiceMode.Normal), [0xa0], output, out int written));
        Assert.Equal(DiceError.None, DiceHandover.Read(output.AsSpan(0, written), out DiceHandover next));
        Assert.Equal(DiceError.None, DiceChain.Open(next.Chain, out DiceChain chain).Error);
        Assert.Equal(3, chain.Count);
        Assert.True(chain.HasDebugMode);
        Assert.Equal(DiceError.None, chain.Verify<HostCryptography>().Error);
        Assert.False(next.CdiAttest.SequenceEqual(genuine.CdiAttest) || next.CdiSeal.SequenceEqual(genuine.CdiSeal));
        Assert.DoesNotContain(output[written..], value => value != 0);
    }

    [Fact]
    public void A_seal_survives_new_code_and_configuration_and_nothing_else()
    {
        (byte[] attest, byte[] seal) = Derive(code: 1, configuration: 1, authority: 1, DiceMode.Normal, hidden: 1);
        (byte[] otherAttest, byte[] otherSeal) = Derive(code: 2, configuration: 2, authority: 1, DiceMode.Normal, hidden: 1);
        Assert.NotEqual(attest, otherAttest);
        Assert.Equal(seal, otherSeal);
        foreach ((byte[] changedAttest, byte[] changedSeal) in (IEnumerable<(byte[], byte[])>)[
            Derive(1, 1, 2, DiceMode.Normal, 1), Derive(1, 1, 1, DiceMode.Debug, 1), Derive(1, 1, 1, DiceMode.Normal, 2)])
        {
            Assert.NotEqual(attest, changedAttest);
            Assert.NotEqual(seal, changedSeal);
        }
    }

    [Fact]
    public void A_buffer_of_any_size_takes_the_hand_over_wholly_or_nothing_of_it()
    {
        byte[] before = TestLayers.After(1);
        byte[] whole = TestLayers.After(2);
        Assert.Equal(DiceError.None, TestLayers.Extend(before, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "layer 1", whole.AsSpan(), out int written));
        Assert.Equal(whole.Length, written);
        for (int size = 0; size < whole.Length; size++)
        {
            byte[] buffer = new byte[whole.Length + 1];
            buffer.AsSpan().Fill(0xcc);
            Assert.Equal(DiceError.OutputTooSmall, TestLayers.Extend(before, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "layer 1", buffer.AsSpan(0, size), out written));
            Assert.Equal(0, written);
            Assert.DoesNotContain(buffer[..size], value => value != 0);
            Assert.DoesNotContain(buffer[size..], value => value != 0xcc);
        }
    }

    [Fact]
    public void A_hand_over_whose_chain_ends_with_another_key_is_refused()
    {
        byte[] handover = TestLayers.After(2);
        handover[5] ^= 1; // In CDI_Attest.
        Assert.Equal(DiceError.LeafKeyMismatch, TestLayers.Extend(handover, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "next", out byte[] next));
        Assert.Empty(next);
        Assert.Equal(DiceError.LeafKeyMismatch, TestLayers.Extend(TestLayers.After(1), DiceKeyAlgorithm.P256, DiceMode.Normal, "next", out _));
    }

    [Fact]
    public void A_chain_grows_to_its_bound_and_no_further()
    {
        byte[] handover = TestLayers.After(DiceChain.MaximumCertificates);
        Assert.Equal(DiceError.None, DiceHandover.Read(handover, out DiceHandover read));
        Assert.Equal(DiceError.None, DiceChain.Open(read.Chain, out DiceChain chain).Error);
        Assert.Equal(DiceChain.MaximumCertificates, chain.Count);
        Assert.Equal(DiceError.None, chain.Verify<HostCryptography>().Error);
        Assert.Equal(DiceError.WrongCertificateCount, TestLayers.Extend(handover, DiceKeyAlgorithm.Ed25519, DiceMode.Normal, "next", out _));
    }

    [Fact]
    public void Inputs_of_wrong_sizes_and_modes_are_refused()
    {
        Assert.Equal(DiceError.None, DiceHandover.Read(TestLayers.Root, out DiceHandover root));
        byte[] output = new byte[2048];
        Assert.Equal(DiceError.WrongHashSize, Try(root, new DiceInputs(new byte[63], new byte[64], DiceMode.Normal, new byte[64]), output));
        Assert.Equal(DiceError.WrongHashSize, Try(root, new DiceInputs(new byte[64], new byte[65], DiceMode.Normal, new byte[64]), output));
        Assert.Equal(DiceError.WrongHashSize, Try(root, new DiceInputs(new byte[64], new byte[64], DiceMode.Normal, default), output));
        Assert.Equal(DiceError.WrongMode, Try(root, new DiceInputs(new byte[64], new byte[64], (DiceMode)4, new byte[64]), output));
        Assert.Equal(DiceError.WrongCdiSize, Try(new DiceHandover(new byte[31], new byte[32], default), TestLayers.Inputs(DiceMode.Normal), output));
        Assert.Equal(
            DiceError.WrongHashSize,
            DiceLayer.TryDerive<Keys, HostCryptography>(root, TestLayers.Inputs(DiceMode.Normal), DiceConfiguration.Inline(new byte[63]), DiceProfile.Android, output, out _));
        Assert.Equal(
            DiceError.KeyDerivationFailed,
            DiceLayer.TryDerive<Keys, HostCryptography>(root, TestLayers.Inputs(DiceMode.Normal), DiceConfiguration.Inline(new byte[64]), DiceProfile.OpenDiceP384, output, out _));
        Assert.DoesNotContain(output, value => value != 0);
    }

    [Fact]
    public void Descriptors_of_code_and_authority_are_in_the_certificate()
    {
        byte[] certificate = new byte[2048];
        DiceInputs inputs = new(new byte[64], new byte[64], DiceMode.Recovery, new byte[64], "code"u8, "authority"u8);
        Assert.Equal(
            DiceError.None,
            DiceCertificateWriter.TryWrite<Keys, HostCryptography>(new byte[32], new byte[32], inputs, DiceConfiguration.Descriptor("own"u8), DiceProfile.OpenDice, certificate, out int written));
        Assert.Equal(DiceError.None, DiceCertificate.Read(certificate.AsSpan(0, written), out DiceCertificate read));
        Assert.True(read.CodeDescriptor.SequenceEqual("code"u8));
        Assert.True(read.AuthorityDescriptor.SequenceEqual("authority"u8));
        Assert.True(read.Configuration.SequenceEqual("own"u8));
        Assert.Equal(DiceMode.Recovery, read.Mode);
        Assert.True(read.ProfileName.IsEmpty);
        Assert.Equal(DiceError.None, read.Verify<Keys, HostCryptography>(read.SubjectKey, new byte[2048])); // Issuer and subject are one here.
    }

    /// <summary>An independent verifier takes every certificate of a chain that was made here.</summary>
    [SkippableFact]
    public void OpenSSL_verifies_the_signatures_of_a_chain_made_here()
    {
        DiceFault fault = DiceChain.Open(TestLayers.Chain(TestLayers.After(3)), out DiceChain chain);
        Assert.True(fault.IsNone);
        byte[] issuer = chain.RootKey.X.ToArray();
        foreach (DiceCertificate certificate in chain)
        {
            byte[] message = SignedForm(certificate), signature = certificate.Signature.ToArray();
            Assert.True(OpenSslVerifies(issuer, message, signature));
            message[^1] ^= 1;
            Assert.False(OpenSslVerifies(issuer, message, signature));
            issuer = certificate.SubjectKey.X.ToArray();
        }
    }

    /// <summary>RFC 9052, 4.4, put together by hand.</summary>
    private static byte[] SignedForm(DiceCertificate certificate)
    {
        byte[] payload = certificate.Payload.ToArray();
        return
        [
            0x84, 0x6a, .. "Signature1"u8, 0x43, .. certificate.Header, 0x40, 0x59, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload,
        ];
    }

    private static bool OpenSslVerifies(byte[] publicKey, byte[] message, byte[] signature)
    {
        string directory = Directory.CreateTempSubdirectory("dice-").FullName;
        try
        {
            // SubjectPublicKeyInfo of Ed25519 (RFC 8410, 4).
            File.WriteAllBytes(Path.Combine(directory, "key"), [.. Convert.FromHexString("302a300506032b6570032100"), .. publicKey]);
            File.WriteAllBytes(Path.Combine(directory, "message"), message);
            File.WriteAllBytes(Path.Combine(directory, "signature"), signature);
            (int status, byte[] output, _) = Tool.Run(
                [],
                "openssl",
                ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", $"{directory}/key", "-in", $"{directory}/message", "-sigfile", $"{directory}/signature"]);
            bool verified = System.Text.Encoding.ASCII.GetString(output).Contains("Signature Verified Successfully", StringComparison.Ordinal);
            Assert.Equal(verified, status == 0);
            return verified;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static DiceError Try(DiceHandover handover, DiceInputs inputs, byte[] output)
    {
        DiceError error = DiceLayer.TryDerive<HostCryptography>(handover, inputs, [0xa0], output, out int written);
        Assert.Equal(0, written);
        return error;
    }

    private static (byte[] Attest, byte[] Seal) Derive(byte code, byte configuration, byte authority, DiceMode mode, byte hidden)
    {
        byte[] attest = new byte[32], seal = new byte[32];
        var inputs = new DiceInputs(Fill(code), Fill(authority), mode, Fill(hidden));
        Assert.Equal(DiceError.None, DiceCdi.Derive<HostCryptography>(new byte[32], new byte[32], inputs, DiceConfiguration.Descriptor([configuration]), attest, seal));
        return (attest, seal);
    }

    private static byte[] Fill(byte value) => [.. Enumerable.Repeat(value, 64)];
}
