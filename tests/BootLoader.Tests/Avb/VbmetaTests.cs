using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Cryptography;

namespace BootLoader.Tests.Avb;

public sealed class VbmetaTests
{
    [SkippableFact]
    public void A_public_key_is_stored_as_avbtool_stores_it()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(File.ReadAllText(AvbVectors.Path("rsa4096.pem")));
        byte[] genuine = File.ReadAllBytes(AvbVectors.Path("rsa4096.avbpubkey"));
        Assert.Equal(genuine, key.PublicKeyBlob);
        Assert.True(AvbPublicKey.TryRead(genuine, out AvbPublicKey read));
        Assert.Equal(4096, read.Bits);
    }

    [SkippableTheory]
    [InlineData(AvbAlgorithm.Sha256Rsa2048)]
    [InlineData(AvbAlgorithm.Sha256Rsa4096)]
    [InlineData(AvbAlgorithm.Sha256Rsa8192)]
    [InlineData(AvbAlgorithm.Sha512Rsa2048)]
    [InlineData(AvbAlgorithm.Sha512Rsa4096)]
    [InlineData(AvbAlgorithm.Sha512Rsa8192)]
    public void A_vbmeta_of_each_algorithm_verifies_and_openssl_verifies_it_too(AvbAlgorithm algorithm)
    {
        using AvbSigningKey key = AvbVectors.Key(AvbAlgorithmSizes.KeyBits(algorithm));
        byte[] bytes = new VbmetaBuilder { Algorithm = algorithm, Key = key, RollbackIndex = 5 }.Add(AvbDescriptors.Property("a", "b"u8)).Build();
        Assert.Equal(VbmetaResult.Ok, VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage image));
        Assert.Equal(key.PublicKeyBlob, image.PublicKey.ToArray());
        Assert.Equal(5UL, image.Header.RollbackIndex);

        byte[] signed = [.. bytes[..VbmetaHeader.Size], .. image.Auxiliary];
        Assert.True(AvbPublicKey.TryRead(image.PublicKey, out AvbPublicKey publicKey));
        using var rsa = RSA.Create(new RSAParameters { Modulus = publicKey.Modulus.ToArray(), Exponent = [1, 0, 1] });
        string hash = AvbAlgorithmSizes.Digest(algorithm) == 32 ? "-sha256" : "-sha512";
        string folder = Directory.CreateTempSubdirectory("vbmeta-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "key"), rsa.ExportSubjectPublicKeyInfoPem());
            File.WriteAllBytes(Path.Combine(folder, "signature"), image.Signature.ToArray());
            byte[] said = Tool.Filter(signed, "openssl", "dgst", hash, "-verify", Path.Combine(folder, "key"), "-signature", Path.Combine(folder, "signature"));
            Assert.Equal("Verified OK\n"u8, said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_vbmeta_without_algorithm_is_told_from_a_signed_one()
    {
        byte[] bytes = new VbmetaBuilder().Add(AvbDescriptors.Property("a", "b"u8)).Build();
        Assert.Equal(VbmetaResult.OkNotSigned, VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage image));
        Assert.Equal(0, image.PublicKey.Length);
        Assert.Equal(VbmetaHeader.Size + 64, bytes.Length);
    }

    [Fact]
    public void Every_flipped_bit_of_what_is_signed_is_refused()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] bytes = Small(key);
        Assert.Equal(VbmetaResult.Ok, VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage whole));
        int authenticated = whole.Header.AuthenticationSize is var size ? (int)size : 0;
        int padding = VbmetaHeader.Size + 32 + 256;
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            // The padding of the authentication block is the one part that nothing covers; libavb leaves it alone as well.
            if (bit / 8 >= padding && bit / 8 < VbmetaHeader.Size + authenticated)
            {
                continue;
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            VbmetaResult result = VbmetaVerifier.Verify<HostCryptography>(bytes, out VbmetaImage image);
            Assert.True(result is not (VbmetaResult.Ok or VbmetaResult.OkNotSigned), $"bit {bit}");
            Assert.Equal(0, image.Bytes.Length);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_vbmeta_cut_anywhere_is_refused()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] bytes = Small(key);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(VbmetaResult.InvalidHeader, VbmetaVerifier.Verify<HostCryptography>(bytes.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void What_follows_a_vbmeta_is_left_alone()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] bytes = Small(key);
        Assert.Equal(VbmetaResult.Ok, VbmetaVerifier.Verify<HostCryptography>([.. bytes, .. new byte[] { 1, 2, 3 }], out VbmetaImage image));
        Assert.Equal(bytes.Length, image.Bytes.Length);
    }

    [Theory]
    [InlineData(4, 2u, VbmetaResult.UnsupportedVersion)]
    [InlineData(8, 4u, VbmetaResult.UnsupportedVersion)]
    [InlineData(28, 7u, VbmetaResult.BadAlgorithm)]
    [InlineData(28, 2u, VbmetaResult.BadAlgorithm)]
    [InlineData(28, 0u, VbmetaResult.BadAlgorithm)]
    [InlineData(116, 9u, VbmetaResult.HashMismatch)]
    public void A_changed_word_of_the_header_is_told_by_what_is_wrong(int offset, uint value, VbmetaResult expected)
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] bytes = Small(key);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
        Assert.Equal(expected, VbmetaVerifier.Verify<HostCryptography>(bytes, out _));
    }

    [Fact]
    public void Offsets_and_sizes_that_overflow_overlap_or_leave_their_block_are_refused()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] genuine = Small(key);
        ulong[] hostile = [1, 31, 63, 65, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue - 63, ulong.MaxValue];
        foreach (int field in new[] { 12, 20, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104 })
        {
            foreach (ulong value in hostile)
            {
                byte[] bytes = [.. genuine];
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(field), value);
                VbmetaResult result = VbmetaImage.Open(bytes, out VbmetaImage image);
                if (result == VbmetaResult.Ok)
                {
                    // In its block and apart from the others: only the digest tells. Taking it apart must not leave the bytes.
                    _ = image.Hash.Length + image.Signature.Length + image.PublicKey.Length + image.PublicKeyMetadata.Length + image.DescriptorBytes.Length;
                    Assert.NotEqual(VbmetaResult.Ok, VbmetaVerifier.Verify<HostCryptography>(bytes, out _));
                }
            }
        }

        byte[] overlapping = [.. genuine];
        BinaryPrimitives.WriteUInt64BigEndian(overlapping.AsSpan(48), 0);
        Assert.Equal(VbmetaResult.InvalidHeader, VbmetaImage.Open(overlapping, out _));
        overlapping = [.. genuine];
        BinaryPrimitives.WriteUInt64BigEndian(overlapping.AsSpan(64), 0);
        Assert.Equal(VbmetaResult.InvalidHeader, VbmetaImage.Open(overlapping, out _));
    }

    [Fact]
    public void A_release_without_an_end_is_refused()
    {
        byte[] bytes = new VbmetaBuilder().Build();
        bytes.AsSpan(VbmetaHeader.ReleaseOffset, VbmetaHeader.ReleaseSize).Fill((byte)'x');
        Assert.Equal(VbmetaResult.InvalidHeader, VbmetaImage.Open(bytes, out _));
    }

    [Fact]
    public void A_public_key_whose_parts_do_not_belong_together_is_refused()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        byte[] blob = key.PublicKeyBlob;
        Assert.True(AvbPublicKey.TryRead(blob, out _));
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.False(AvbPublicKey.TryRead(blob.AsSpan(0, length), out _));
        }

        Assert.False(AvbPublicKey.TryRead([.. blob, 0], out _));
        Assert.False(AvbPublicKey.TryRead(Changed(blob, 3), out _));
        Assert.False(AvbPublicKey.TryRead(Changed(blob, 7), out _));
        Assert.False(AvbPublicKey.TryRead(Changed(blob, 8 + 255), out _));
        byte[] large = [.. blob];
        large.AsSpan(8 + 256).Fill(0xff);
        Assert.False(AvbPublicKey.TryRead(large, out _));
        byte[] small = [.. blob];
        small[8] &= 0x7f;
        Assert.False(AvbPublicKey.TryRead(small, out _));
    }

    [Fact]
    public void A_key_that_cannot_sign_with_an_algorithm_is_refused()
    {
        using AvbSigningKey key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
        Assert.Contains("2048 bits", Assert.Throws<AvbException>(() => new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa4096, Key = key }.Build()).Message, StringComparison.Ordinal);
        Assert.Throws<AvbException>(() => new VbmetaBuilder { Key = key }.Build());
        Assert.Throws<AvbException>(() => new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048 }.Build());
        using var rsa = RSA.Create();
        rsa.ImportFromPem(AvbVectors.Pem2048);
        using AvbSigningKey half = AvbSigningKey.FromPem(rsa.ExportSubjectPublicKeyInfoPem());
        Assert.Contains("public half", Assert.Throws<AvbException>(() => new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = half }.Build()).Message, StringComparison.Ordinal);
        foreach (string pem in new[] { "", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n" })
        {
            Assert.Throws<AvbException>(() => AvbSigningKey.FromPem(pem));
        }
    }

    private static byte[] Changed(byte[] blob, int at)
    {
        byte[] changed = [.. blob];
        changed[at] ^= 1;
        return changed;
    }

    private static byte[] Small(AvbSigningKey key) => new VbmetaBuilder
    {
        Algorithm = AvbAlgorithm.Sha256Rsa2048,
        Key = key,
        PublicKeyMetadata = new byte[] { 1, 2, 3 },
    }.Add(AvbDescriptors.Hash("boot", 4096, "sha256", [1, 2], new byte[32])).Build();
}
