using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Cryptography;
using BootLoader.Verity;

namespace BootLoader.Tests.Avb;

public sealed class FooterTests
{
    [SkippableFact]
    public void A_hash_footer_is_laid_out_as_avbtool_lays_it_out()
    {
        byte[] image = [.. Enumerable.Range(0, 76_800).Select(static i => (byte)i)];
        using AvbSigningKey key = AvbVectors.Key(4096);
        var vbmeta = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa4096, Key = key }
            .Add(AvbDescriptors.Property("com.android.virt.cap", "remote_attest"u8));
        var options = new PartitionFooterOptions { PartitionName = "boot", Salt = new byte[32] };
        byte[] whole = TestPayload.Whole(image, PartitionFooter.AddHash(new MemoryStream(image), options, vbmeta));
        Assert.Equal(147_456, whole.Length);
        Assert.Equal(AvbFooterResult.Ok, AvbFooter.Read(whole, out AvbFooter footer));
        Assert.Equal((76_800UL, 77_824UL, 2176UL), (footer.OriginalImageSize, footer.VbmetaOffset, footer.VbmetaSize));
        Assert.Equal(VbmetaResult.Ok, VbmetaVerifier.Verify<HostCryptography>(whole.AsSpan(77_824, 2176), out VbmetaImage read));
        Assert.Equal((576UL, 1344UL), (read.Header.AuthenticationSize, read.Header.AuxiliarySize));
        AvbDescriptorEnumerator walk = read.Descriptors;
        Assert.True(walk.MoveNext());
        Assert.True(walk.MoveNext());
        Assert.True(HashDescriptor.TryRead(walk.Current, out HashDescriptor hash));
        Assert.Equal(SHA256.HashData([.. new byte[32], .. image]), hash.Digest.ToArray());
        Assert.False(walk.MoveNext());
    }

    [Fact]
    public void Adding_a_footer_again_replaces_the_first()
    {
        byte[] image = new byte[5000];
        var options = new PartitionFooterOptions { PartitionName = "boot", PartitionSize = 1 << 20 };
        byte[] once = TestPayload.Whole(image, PartitionFooter.AddHash(new MemoryStream(image), options, new VbmetaBuilder()));
        byte[] twice = TestPayload.Whole(once, PartitionFooter.AddHash(new MemoryStream(once), options, new VbmetaBuilder()));
        Assert.Equal(once, twice);
        Assert.Equal(1 << 20, once.Length);
    }

    [Fact]
    public void A_hashtree_footer_covers_every_block()
    {
        byte[] image = [.. Enumerable.Range(0, 1_000_001).Select(static i => (byte)(i % 251))];
        var options = new PartitionFooterOptions { PartitionName = "system", Salt = new byte[] { 1, 2, 3 }, SetupAsRootfs = true };
        byte[] whole = TestPayload.Whole(image, PartitionFooter.AddHashtree(new MemoryStream(image), options, new VbmetaBuilder()));
        Assert.Equal(AvbFooterResult.Ok, AvbFooter.Read(whole, out AvbFooter footer));
        Assert.Equal(1_000_001UL, footer.OriginalImageSize);
        VbmetaImage.Open(whole.AsSpan((int)footer.VbmetaOffset), out VbmetaImage vbmeta);
        AvbDescriptorEnumerator walk = vbmeta.Descriptors;
        Assert.True(walk.MoveNext());
        Assert.True(HashtreeDescriptor.TryRead(walk.Current, out HashtreeDescriptor tree));
        Assert.Equal((1_003_520UL, 1_003_520UL), (tree.ImageSize, tree.TreeOffset));
        Assert.Equal(DmVerityVerdict.Genuine, Check(whole, tree));
        whole[999_999] ^= 1;
        Assert.Equal(DmVerityVerdict.DataDiffers, Check(whole, tree));
        whole[999_999] ^= 1;
        whole[(int)tree.TreeOffset + 4096 + 5] ^= 1;
        Assert.Equal(DmVerityVerdict.TreeDiffers, Check(whole, tree));

        Assert.True(walk.MoveNext());
        Assert.True(KernelCmdlineDescriptor.TryRead(walk.Current, out KernelCmdlineDescriptor with));
        Assert.Equal(
            $"dm=\"1 vroot none ro 1,0 1960 verity 1 PARTUUID=$(ANDROID_SYSTEM_PARTUUID) PARTUUID=$(ANDROID_SYSTEM_PARTUUID) 4096 4096 245 245 sha256 {Convert.ToHexStringLower(tree.RootDigest)} 010203 2 $(ANDROID_VERITY_MODE) ignore_zero_blocks\" root=/dev/dm-0",
            System.Text.Encoding.ASCII.GetString(with.Text));
        Assert.Equal(KernelCmdlineDescriptor.OnlyWithHashtree, with.Flags);
        Assert.True(walk.MoveNext());
        Assert.True(KernelCmdlineDescriptor.TryRead(walk.Current, out KernelCmdlineDescriptor without));
        Assert.Equal(KernelCmdlineDescriptor.OnlyWithoutHashtree, without.Flags);
    }

    [Fact]
    public void An_image_that_does_not_fit_its_partition_is_refused()
    {
        var small = new PartitionFooterOptions { PartitionName = "boot", PartitionSize = 68 << 10 };
        PartitionFooter.AddHash(new MemoryStream([]), small, new VbmetaBuilder());
        string message = Assert.Throws<AvbException>(() => PartitionFooter.AddHash(new MemoryStream(new byte[1]), small, new VbmetaBuilder())).Message;
        Assert.Equal("an image of 1 bytes does not fit a partition 'boot' of 69632 bytes, which has place for 0", message);
        var odd = new PartitionFooterOptions { PartitionName = "boot", PartitionSize = 100_000 };
        Assert.Throws<AvbException>(() => PartitionFooter.AddHash(new MemoryStream([]), odd, new VbmetaBuilder()));
        Assert.Throws<AvbException>(() => PartitionFooter.AddHashtree(new MemoryStream([]), small, new VbmetaBuilder()));
        Assert.Throws<AvbException>(() => PartitionFooter.AddHashtree(new MemoryStream(new byte[4096]), small, new VbmetaBuilder()));
    }

    [Theory]
    [InlineData(20, 0UL, AvbFooterResult.OutOfBounds)]
    [InlineData(20, 4096UL, AvbFooterResult.OutOfBounds)]
    [InlineData(20, ulong.MaxValue, AvbFooterResult.OutOfBounds)]
    [InlineData(28, 4096UL, AvbFooterResult.OutOfBounds)]
    [InlineData(28, ulong.MaxValue, AvbFooterResult.OutOfBounds)]
    [InlineData(12, 2049UL, AvbFooterResult.OutOfBounds)]
    [InlineData(12, ulong.MaxValue, AvbFooterResult.OutOfBounds)]
    [InlineData(4, 2UL << 32, AvbFooterResult.UnsupportedVersion)]
    [InlineData(0, 0UL, AvbFooterResult.NoFooter)]
    public void A_footer_whose_vbmeta_lies_outside_is_refused(int field, ulong value, AvbFooterResult expected)
    {
        byte[] image = new byte[4096];
        new AvbFooter(1000, 2048, 1024).Write(image.AsSpan(4096 - AvbFooter.Size));
        Assert.Equal(AvbFooterResult.Ok, AvbFooter.Read(image, out _));
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan(4096 - AvbFooter.Size + field), value);
        Assert.Equal(expected, AvbFooter.Read(image, out _));
    }

    private static DmVerityVerdict Check(byte[] whole, HashtreeDescriptor tree) => DmVerityTree.Verify(
        new MemoryStream(whole), (long)tree.ImageSize, (long)tree.TreeOffset, DmVerityHash.Sha256, 4096, tree.Salt, tree.RootDigest);
}
