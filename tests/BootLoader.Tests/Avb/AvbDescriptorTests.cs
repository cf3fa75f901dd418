using System.Buffers.Binary;
using BootLoader.Avb;
using BootLoader.Avb.Making;

namespace BootLoader.Tests.Avb;

public sealed class AvbDescriptorTests
{
    private static readonly string[] s_kinds = ["property", "hash", "hashtree", "cmdline", "chain"];

    public static TheoryData<string> Kinds => [.. s_kinds];

    [Fact]
    public void Descriptors_read_as_they_were_made()
    {
        byte[] all = [.. Make("property"), .. Make("hash"), .. Make("hashtree"), .. Make("cmdline"), .. Make("chain")];
        var walk = new AvbDescriptorEnumerator(all);
        Assert.True(walk.MoveNext());
        Assert.True(PropertyDescriptor.TryRead(walk.Current, out PropertyDescriptor property));
        Assert.True(walk.MoveNext());
        Assert.True(HashDescriptor.TryRead(walk.Current, out HashDescriptor hash));
        Assert.True(walk.MoveNext());
        Assert.True(HashtreeDescriptor.TryRead(walk.Current, out HashtreeDescriptor tree));
        Assert.True(walk.MoveNext());
        Assert.True(KernelCmdlineDescriptor.TryRead(walk.Current, out KernelCmdlineDescriptor cmdline));
        Assert.True(walk.MoveNext());
        Assert.True(ChainPartitionDescriptor.TryRead(walk.Current, out ChainPartitionDescriptor chain));
        Assert.False(walk.MoveNext());
        Assert.False(walk.IsMalformed);
        Assert.Equal("key"u8, property.Key);
        Assert.Equal("value"u8, property.Value);
        Assert.Equal((5000UL, 1u), (hash.ImageSize, hash.Flags));
        Assert.Equal("boot"u8, hash.PartitionName);
        Assert.Equal("sha256"u8, hash.Algorithm);
        Assert.Equal([1, 2, 3], hash.Salt.ToArray());
        Assert.Equal(Digest, hash.Digest);
        Assert.Equal((1u, 8192UL, 8192UL, 4096UL), (tree.DmVerityVersion, tree.ImageSize, tree.TreeOffset, tree.TreeSize));
        Assert.Equal((4096u, 4096u, 0u, 0UL, 0UL, 2u), (tree.DataBlockSize, tree.HashBlockSize, tree.FecRoots, tree.FecOffset, tree.FecSize, tree.Flags));
        Assert.Equal("system"u8, tree.PartitionName);
        Assert.Equal([4], tree.Salt.ToArray());
        Assert.Equal(Digest, tree.RootDigest);
        Assert.Equal("quiet"u8, cmdline.Text);
        Assert.Equal(2u, cmdline.Flags);
        Assert.Equal((3u, 1u), (chain.RollbackIndexLocation, chain.Flags));
        Assert.Equal("vendor"u8, chain.PartitionName);
        Assert.Equal([5, 6, 7], chain.PublicKey.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_descriptor_cut_anywhere_is_refused(string kind)
    {
        byte[] whole = Make(kind);
        for (int length = 1; length < whole.Length; length++)
        {
            var walk = new AvbDescriptorEnumerator(whole.AsSpan(0, length));
            Assert.False(walk.MoveNext());
            Assert.True(walk.IsMalformed);
            if (length % 8 == 0 && length >= 16)
            {
                // The same, with a length that says so.
                byte[] cut = whole[..length];
                BinaryPrimitives.WriteUInt64BigEndian(cut.AsSpan(8), (ulong)length - 16);
                walk = new AvbDescriptorEnumerator(cut);
                Assert.True(walk.MoveNext());
                Assert.False(ReadsAs(kind, walk.Current));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_value_of_any_byte_makes_a_descriptor_read_outside_itself(string kind)
    {
        byte[] whole = Make(kind);
        for (int at = 0; at < whole.Length; at++)
        {
            for (int value = 0; value < 256; value++)
            {
                byte[] changed = [.. whole];
                changed[at] = (byte)value;
                var walk = new AvbDescriptorEnumerator(changed);
                for (int steps = 0; walk.MoveNext(); steps++)
                {
                    Assert.True(steps < whole.Length / 16);
                    foreach (string other in s_kinds)
                    {
                        ReadsAs(other, walk.Current);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(4UL)]
    [InlineData(24UL)]
    [InlineData(1UL << 32)]
    [InlineData(ulong.MaxValue - 7)]
    [InlineData(ulong.MaxValue - 15)]
    [InlineData(ulong.MaxValue)]
    public void A_length_that_is_odd_or_goes_beyond_the_end_is_refused(ulong following)
    {
        byte[] descriptor = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(8), following);
        var walk = new AvbDescriptorEnumerator(descriptor);
        Assert.False(walk.MoveNext());
        Assert.True(walk.IsMalformed);
        Assert.False(walk.MoveNext());
    }

    private static byte[] Digest => [.. Enumerable.Repeat((byte)0xab, 32)];

    private static byte[] Make(string kind) => kind switch
    {
        "property" => AvbDescriptors.Property("key", "value"u8),
        "hash" => AvbDescriptors.Hash("boot", 5000, "sha256", [1, 2, 3], Digest, 1),
        "hashtree" => AvbDescriptors.Hashtree("system", 8192, 4096, 4096, "sha256", [4], Digest, 2),
        "cmdline" => AvbDescriptors.KernelCmdline("quiet", 2),
        _ => AvbDescriptors.ChainPartition("vendor", 3, [5, 6, 7], 1),
    };

    private static bool ReadsAs(string kind, AvbDescriptor descriptor) => kind switch
    {
        "property" => PropertyDescriptor.TryRead(descriptor, out _),
        "hash" => HashDescriptor.TryRead(descriptor, out _),
        "hashtree" => HashtreeDescriptor.TryRead(descriptor, out _),
        "cmdline" => KernelCmdlineDescriptor.TryRead(descriptor, out _),
        _ => ChainPartitionDescriptor.TryRead(descriptor, out _),
    };
}
