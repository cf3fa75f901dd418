using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.FsVerity;
using BootLoader.Sources;

namespace BootLoader.Tests.FsVerity;

public sealed class FsVerityTests
{
    /// <summary>The one that input.* were measured with.</summary>
    private static readonly byte[] s_salt = [1, 2, 3, 4, 5, 6];

    [SkippableTheory]
    [InlineData("input.512", "input.512.descriptor")]
    [InlineData("input.4K", "input.4K.descriptor")]
    public void A_genuine_file_has_the_genuine_descriptor(string input, string descriptor)
    {
        using var data = new MemorySource(TestVector.Read($"fsverity/{input}"));
        byte[] genuine = TestVector.Read($"fsverity/{descriptor}");
        Assert.Equal(genuine, FsVerityDescriptor.Of(data, out ReadOnlyMemory<byte> tree, s_salt).ToBytes());
        Assert.True(tree.IsEmpty);
        Assert.Equal(genuine, FsVerityDescriptor.Read(genuine).ToBytes());
    }

    [SkippableFact]
    public void The_genuine_tree_of_a_mebibyte_gives_the_genuine_root()
    {
        byte[] descriptor = TestVector.Read("fsverity/input.1M.descriptor"), tree = TestVector.Read("fsverity/input.1M.hash");
        FsVerityDescriptor read = FsVerityDescriptor.Read(descriptor);
        Assert.Equal(1 << 20, read.DataSize);
        Assert.Equal(tree.Length, FsVerityDescriptor.TreeSize(read.DataSize));
        Assert.Equal(SHA256.HashData([.. s_salt, .. new byte[58], .. tree.AsSpan(0, 4096)]), read.RootHash.ToArray());
        // The top block holds the digests of the blocks that follow: the root level lies first.
        Assert.Equal(SHA256.HashData([.. s_salt, .. new byte[58], .. tree.AsSpan(4096, 4096)]), tree[..32]);
    }

    [SkippableTheory]
    [InlineData("authfs.input.4k", "9828cd65f4744d6adda216d3a63d8205375be485bfa261b3b8153d3358f5a576")]
    [InlineData("authfs.input.4k1", "3c70dcd4685ed256ebf1ef116c12e472f35b5017eaca422c0483dadd7d0b5a9f")]
    public void Genuine_metadata_is_written_byte_for_byte_and_gives_the_known_digest(string input, string digest)
    {
        using var data = new MemorySource(TestVector.Read($"fsverity/{input}"));
        byte[] genuine = TestVector.Read($"fsverity/{input}.fsv_meta");
        FsVerityDescriptor made = FsVerityDescriptor.Of(data, out ReadOnlyMemory<byte> tree);
        Assert.Equal(digest, Convert.ToHexStringLower(made.Digest()));

        using var file = new MemorySource(genuine);
        FsVerityMetadata metadata = FsVerityMetadata.Read(file);
        Assert.Equal(made.ToBytes(), metadata.Descriptor.ToBytes());
        Assert.Equal(tree.Length, metadata.TreeSize);
        Assert.Equal(tree.ToArray(), metadata.TreeSize == 0 ? [] : file.ReadExactly(metadata.TreeOffset, (int)metadata.TreeSize));
        using var written = new MemoryStream();
        FsVerityMetadata.Write(written, made, tree.Span, metadata.SignatureType, metadata.Signature.Span);
        Assert.Equal(genuine, written.ToArray());
    }

    [Fact]
    public void An_empty_file_has_a_root_of_zeros()
    {
        using var data = new MemorySource(default);
        FsVerityDescriptor descriptor = FsVerityDescriptor.Of(data, out ReadOnlyMemory<byte> tree);
        Assert.Equal(new byte[32], descriptor.RootHash.ToArray());
        Assert.True(tree.IsEmpty);
        // fsverity-utils: fsverity digest on an empty file.
        Assert.Equal("3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95", Convert.ToHexStringLower(descriptor.Digest()));
    }

    [Fact]
    public void A_salt_is_filled_up_to_the_hashs_block()
    {
        byte[] salt = [1, 2, 3], block = new byte[4096];
        using var data = new MemorySource(block);
        FsVerityDescriptor descriptor = FsVerityDescriptor.Of(data, out _, salt);
        Assert.Equal(SHA256.HashData([1, 2, 3, .. new byte[61], .. block]), descriptor.RootHash.ToArray());
        Assert.Equal(salt, FsVerityDescriptor.Read(descriptor.ToBytes()).Salt.ToArray());
    }

    [Fact]
    public void Metadata_that_is_cut_at_any_byte_is_refused()
    {
        byte[] whole = Metadata(9000, [7, 7, 7]);
        for (int length = 0; length < whole.Length; length++)
        {
            using var file = new MemorySource(whole.AsMemory(0, length));
            Assert.Throws<FsVerityException>(() => FsVerityMetadata.Read(file));
        }
    }

    [Fact]
    public void Every_bit_of_a_descriptors_form_counts()
    {
        byte[] descriptor = Metadata(9000, [])[4..260];
        for (int bit = 0; bit < descriptor.Length * 8; bit++)
        {
            int at = bit / 8;
            if (at is (>= 8 and < 48) or 3 || (at == 15 && bit % 8 == 7))
            {
                continue; // size, root and salt have any value; the next test has them
            }

            descriptor[at] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FsVerityException>(() => FsVerityDescriptor.Read(descriptor));
            descriptor[at] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 4095)]
    [InlineData(-1)]
    [InlineData(1L << 60)]
    [InlineData(1L << 40)]
    public void A_size_of_data_that_its_tree_cannot_have_is_refused(long size)
    {
        byte[] whole = Metadata(9000, []);
        BinaryPrimitives.WriteInt64LittleEndian(whole.AsSpan(12), size);
        using var file = new MemorySource(whole);
        Assert.Throws<FsVerityException>(() => FsVerityMetadata.Read(file));
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(16129u)]
    [InlineData(9000u)]
    public void A_signature_that_does_not_lie_in_the_file_is_refused(uint size)
    {
        byte[] whole = Metadata(100, [7]);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(264), size);
        using var file = new MemorySource(whole);
        Assert.Throws<FsVerityException>(() => FsVerityMetadata.Read(file));
    }

    [Fact]
    public void Mutated_metadata_never_does_more_than_be_refused()
    {
        var random = new Random(11);
        byte[] whole = Metadata(9000, [7, 7, 7]);
        for (int round = 0; round < 10_000; round++)
        {
            byte[] mutant = whole[..random.Next(whole.Length + 1)];
            for (int change = random.Next(4); change > 0 && mutant.Length > 0; change--)
            {
                mutant[random.Next(Math.Min(mutant.Length, 300))] = (byte)random.Next(256);
            }

            using var file = new MemorySource(mutant);
            try
            {
                FsVerityMetadata read = FsVerityMetadata.Read(file);
                Assert.True(read.TreeSize == 0 || read.TreeOffset + read.TreeSize <= mutant.Length);
            }
            catch (FsVerityException)
            {
            }
        }
    }

    private static byte[] Metadata(int size, byte[] signature)
    {
        byte[] bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        using var data = new MemorySource(bytes);
        FsVerityDescriptor descriptor = FsVerityDescriptor.Of(data, out ReadOnlyMemory<byte> tree);
        using var written = new MemoryStream();
        FsVerityMetadata.Write(written, descriptor, tree.Span, signature.Length == 0 ? FsVeritySignatureType.None : FsVeritySignatureType.Raw, signature);
        return written.ToArray();
    }
}
