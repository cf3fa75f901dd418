using System.Diagnostics;
using BootLoader.Apex;
using BootLoader.Apk;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Sources;
using BootLoader.Tests.Apk;
using BootLoader.Tests.Avb;
using BootLoader.Zip;

namespace BootLoader.Tests.Apex;

public sealed class ApexTests
{
    private static readonly ApexManifest s_manifest = new("com.example.module", 42);
    private static readonly byte[] s_payload = Payload(300_000);
    private static readonly byte[] s_apex = Build(s_payload);

    [Fact]
    public void An_APEX_says_who_signed_which_root()
    {
        using var file = new MemorySource(s_apex);
        foreach (ApexFile apex in (ApexFile[])[ApexFile.Open(file), ApexFile.Verify(file)])
        {
            using AvbSigningKey key = AvbVectors.Key(2048);
            Assert.Equal(("com.example.module", 42L), (apex.Name, apex.Version));
            Assert.Equal(key.PublicKeyBlob, apex.PublicKey.ToArray());
            Assert.Equal((0L, (long)s_payload.Length), (apex.PayloadOffset % 4096, apex.PayloadSize));
            Assert.Equal(s_payload, file.ReadExactly(apex.PayloadOffset, (int)apex.PayloadSize));
            Assert.Equal((303_104L, 303_104L, 4096, "sha256"), (apex.Hashtree.ImageSize, apex.Hashtree.TreeOffset, apex.Hashtree.DataBlockSize, apex.Hashtree.Algorithm));
            Assert.Equal(apex.Hashtree.RootDigest.ToArray(), apex.RootDigest.ToArray());
        }

        Assert.Equal(s_apex, Build(s_payload));
        Assert.Equal("com.example.module", AndroidManifest.ReadFromApk(file).Package);
    }

    [Fact]
    public void An_APEX_can_be_signed_as_an_APK_too()
    {
        using var output = new MemoryStream();
        using var payload = new MemorySource(s_payload);
        ApexBuilder.Build(s_manifest, payload, output, TestApk.P256);
        using var file = new MemorySource(output.ToArray());
        Assert.Equal(TestApk.P256.PublicKey.ToArray(), ApkVerifier.Verify(file).PublicKey.ToArray());
        Assert.Equal("com.example.module", ApexFile.Verify(file).Name);
    }

    [Fact]
    public void A_flipped_bit_in_data_or_tree_is_refused_when_all_is_verified_and_one_in_the_vbmeta_at_once()
    {
        byte[] apex = [.. s_apex];
        using var file = new MemorySource(apex);
        ApexFile good = ApexFile.Open(file);
        apex[good.PayloadOffset + 200_000] ^= 1;
        ApexFile.Open(file);
        Assert.StartsWith("apex_payload.img is not what was signed: its root digest is ", Assert.Throws<ApexException>(() => ApexFile.Verify(file)).Message, StringComparison.Ordinal);
        apex[good.PayloadOffset + 200_000] ^= 1;
        apex[good.PayloadOffset + good.Hashtree.TreeOffset + 5] ^= 1;
        Assert.Equal("the hash tree in apex_payload.img is not that of its data", Assert.Throws<ApexException>(() => ApexFile.Verify(file)).Message);
        apex[good.PayloadOffset + good.Hashtree.TreeOffset + 5] ^= 1;

        // The vbmeta follows the tree: header, hash and signature, key and descriptors.
        long vbmeta = good.PayloadOffset + good.Hashtree.TreeOffset + good.Hashtree.TreeSize;
        using RandomAccessSource image = file.Slice(good.PayloadOffset, good.PayloadSize);
        int length = ApexFile.ReadVbmeta(image).Length;
        for (int at = 0; at < length; at++)
        {
            // 32 + 256 of 320 bytes of the authentication block are used; nobody signs the rest.
            if (at is >= 256 + 288 and < 256 + 320)
            {
                continue;
            }

            apex[vbmeta + at] ^= (byte)(1 << (at % 8));
            Assert.Throws<ApexException>(() => ApexFile.Open(file));
            apex[vbmeta + at] ^= (byte)(1 << (at % 8));
        }

        ApexFile.Verify(file);
    }

    [Fact]
    public void A_key_that_did_not_sign_the_payload_is_refused()
    {
        using AvbSigningKey other = AvbSigningKey.FromPem(AvbVectors.OtherPem2048);
        Assert.Equal(
            "apex_payload.img is signed by another key than apex_pubkey",
            Refusal([("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", other.PublicKeyBlob), ("apex_payload.img", s_payload)]));
    }

    [Fact]
    public void What_an_APEX_must_have_is_named_when_it_is_missing()
    {
        (string Name, byte[] Content)[] all = [("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", PublicKey()), ("apex_payload.img", s_payload)];
        foreach ((string name, _) in all)
        {
            Assert.Equal($"it has no {name}: it is no APEX", Refusal([.. all.Where(entry => entry.Name != name)]));
        }

        Assert.Equal("it is a compressed APEX: use the 'original_apex' in it", Refusal([("original_apex", [1])]));
        Assert.StartsWith("apex_payload.img at byte ", Refusal(all, alignment: 1), StringComparison.Ordinal);
        Assert.Equal(
            "apex_payload.img does not end in an AVB footer", Refusal([all[0], all[1], ("apex_payload.img", new byte[8192])]));
        using var plain = new MemorySource(new byte[8192]);
        Assert.Throws<ApexException>(() => ApexBuilder.Build(s_manifest, plain, new MemoryStream()));
    }

    [Fact]
    public void A_payload_without_signature_or_with_two_trees_is_refused()
    {
        Assert.Equal(
            "the vbmeta of apex_payload.img is not signed",
            Refusal([("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", PublicKey()), ("apex_payload.img", Payload(5000, isSigned: false))]));
        Assert.Equal(
            "apex_payload.img has a broken hashtree descriptor, or two",
            Refusal([("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", PublicKey()), ("apex_payload.img", Payload(5000, trees: 2))]));
        Assert.Equal(
            "apex_payload.img has no hashtree descriptor, or broken ones",
            Refusal([("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", PublicKey()), ("apex_payload.img", Payload(5000, trees: 0))]));
    }

    [Theory]
    [InlineData(ulong.MaxValue, 8192UL, 4096UL, 4096)]
    [InlineData(8192UL, ulong.MaxValue, 4096UL, 4096)]
    [InlineData(8192UL, ulong.MaxValue - 4095, 4096UL, 4096)]
    [InlineData(8192UL, 8192UL, ulong.MaxValue, 4096)]
    [InlineData(8192UL, 4096UL, 4096UL, 4096)]
    [InlineData(8191UL, 8192UL, 4096UL, 4096)]
    [InlineData(0UL, 8192UL, 4096UL, 4096)]
    [InlineData(8192UL, 8192UL, 8192UL, 4096)]
    [InlineData(8192UL, 8192UL, 4096UL, 1024)]
    public void A_signed_tree_that_does_not_lie_in_the_payload_is_refused(ulong imageSize, ulong treeOffset, ulong treeSize, uint blockSize)
    {
        byte[] descriptor = AvbDescriptors.Hashtree("m", 8192, 4096, 4096, "sha256", [], new byte[32], 0);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(20), imageSize);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(28), treeOffset);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(descriptor.AsSpan(36), treeSize);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(descriptor.AsSpan(44), blockSize);
        Refusal([("apex_manifest.pb", s_manifest.ToBytes()), ("apex_pubkey", PublicKey()), ("apex_payload.img", Payload(5000, trees: 0, descriptor: descriptor))]);
    }

    [Fact]
    public void An_APEX_that_is_cut_is_refused()
    {
        for (int length = s_apex.Length - 1; length >= 0; length -= length > s_apex.Length - 700 ? 1 : 997)
        {
            using var file = new MemorySource(s_apex.AsMemory(0, length));
            Assert.Throws<ApexException>(() => ApexFile.Open(file));
        }
    }

    [Fact]
    public void A_manifest_is_read_by_the_rules_of_proto3()
    {
        Assert.Equal(s_manifest, ApexManifest.Read(s_manifest.ToBytes()));
        Assert.Equal(new ApexManifest("b", long.MaxValue), ApexManifest.Read(new ApexManifest("b", long.MaxValue).ToBytes()));
        // Unknown fields of each wire type, the name twice, no version.
        Assert.Equal(new ApexManifest("y", 0), ApexManifest.Read([0x0a, 1, (byte)'x', 0x18, 7, 0x22, 1, 9, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 0x35, 1, 2, 3, 4, 0x0a, 1, (byte)'y']));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1005")]
    [InlineData("0a")]
    [InlineData("0a05616263")]
    [InlineData("0affffffffffffffffff0161")]
    [InlineData("0a02fffe")]
    [InlineData("0801")]
    [InlineData("0a016112016100")]
    [InlineData("0a01610161")]
    [InlineData("0a016113")]
    [InlineData("0a016110ffffffffffffffffffff01")]
    [InlineData("0a016110ffffffffffffffffff02")]
    [InlineData("0a01611d010203")]
    public void A_manifest_that_is_broken_is_refused(string hex) =>
        Assert.StartsWith("apex_manifest.pb is broken: ", Assert.Throws<ApexException>(() => ApexManifest.Read(Convert.FromHexString(hex))).Message, StringComparison.Ordinal);

    [Fact]
    public void Mutated_APEX_files_never_do_more_than_be_refused()
    {
        var random = new Random(37);
        using var good = new MemorySource(s_apex);
        ApexFile opened = ApexFile.Open(good);
        long vbmeta = opened.PayloadOffset + opened.Hashtree.TreeOffset + opened.Hashtree.TreeSize;
        byte[] mutant = [.. s_apex];
        var time = Stopwatch.StartNew();
        for (int round = 0; round < 20_000 && time.Elapsed < TimeSpan.FromSeconds(2); round++)
        {
            var undo = new List<(long At, byte Old)>();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                long at = random.Next(3) switch { 0 => random.Next(1000), 1 => vbmeta + random.Next(1400), _ => mutant.Length - 1 - random.Next(500) };
                undo.Insert(0, (at, mutant[at]));
                mutant[at] = (byte)(random.Next(3) switch { 0 => 0, 1 => 255, _ => random.Next(256) });
            }

            using var file = new MemorySource(mutant);
            try
            {
                ApexFile.Open(file);
            }
            catch (ApexException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }

            undo.ForEach(change => mutant[change.At] = change.Old);
        }
    }

    private static byte[] PublicKey()
    {
        using AvbSigningKey key = AvbVectors.Key(2048);
        return key.PublicKeyBlob;
    }

    private static byte[] Build(byte[] payload)
    {
        using var output = new MemoryStream();
        using var source = new MemorySource(payload);
        ApexBuilder.Build(s_manifest, source, output);
        return output.ToArray();
    }

    private static string Refusal((string Name, byte[] Content)[] entries, int alignment = 4096)
    {
        using var output = new MemoryStream();
        var writer = new ZipArchiveWriter(output);
        foreach ((string name, byte[] content) in entries)
        {
            using var source = new MemorySource(content);
            writer.Add(name, source, ZipMethod.Stored, alignment);
        }

        writer.Finish();
        using var file = new MemorySource(output.ToArray());
        return Assert.Throws<ApexException>(() => ApexFile.Open(file)).Message;
    }

    private static byte[] Payload(int size, bool isSigned = true, int trees = 1, byte[]? descriptor = null)
    {
        byte[] data = new byte[size];
        new Random(size).NextBytes(data);
        using AvbSigningKey? key = isSigned ? AvbVectors.Key(2048) : null;
        var builder = new VbmetaBuilder { Algorithm = isSigned ? AvbAlgorithm.Sha256Rsa2048 : AvbAlgorithm.None, Key = key };
        if (trees == 2)
        {
            builder.Add(AvbDescriptors.Hashtree("m", 8192, 4096, 4096, "sha256", [], new byte[32], 0));
        }

        if (descriptor is not null)
        {
            builder.Add(descriptor);
        }

        var options = new PartitionFooterOptions { PartitionName = "m", Salt = new byte[] { 1, 2 } };
        using var image = new MemoryStream(data);
        PartitionImage made = trees == 0 ? PartitionFooter.AddHash(image, options, builder) : PartitionFooter.AddHashtree(image, options, builder);
        byte[] whole = new byte[made.Size];
        data.CopyTo(whole, 0);
        foreach ((long offset, ReadOnlyMemory<byte> bytes) in made.Parts)
        {
            bytes.CopyTo(whole.AsMemory((int)offset));
        }

        return whole;
    }
}
