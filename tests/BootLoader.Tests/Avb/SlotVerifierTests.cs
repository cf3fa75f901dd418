using System.Security.Cryptography;
using BootLoader.Avb;
using BootLoader.Avb.Making;
using BootLoader.Avb.Slots;

namespace BootLoader.Tests.Avb;

public sealed class SlotVerifierTests : IDisposable
{
    private readonly AvbSigningKey _key = AvbSigningKey.FromPem(AvbVectors.Pem2048);
    private readonly AvbSigningKey _other = AvbSigningKey.FromPem(AvbVectors.OtherPem2048);
    private readonly Dictionary<string, byte[]> _partitions = [];
    private readonly Dictionary<uint, ulong> _stored = [];

    [Fact]
    public void A_slot_with_chain_hash_and_tree_is_verified_and_its_parameters_are_made()
    {
        MakeSlot();
        SlotVerification found = Verify();
        Assert.Equal((SlotVerdict.Ok, ""), (found.Verdict, found.Reason));
        Assert.Equal(["vbmeta_a", "boot_a"], found.Vbmetas);
        Assert.Equal(["boot_a", "system_a", "common"], found.Verified);
        Assert.Equal(new Dictionary<uint, ulong> { [0] = 4, [2] = 9 }, found.RollbackIndexes);
        byte[] first = _partitions["vbmeta_a"], boot = _partitions["boot_a"];
        AvbFooter.Read(boot, out AvbFooter footer);
        byte[] digest = SHA256.HashData([.. first, .. boot.AsSpan((int)footer.VbmetaOffset, (int)footer.VbmetaSize)]);
        Assert.Equal(digest, found.VbmetaDigest.ToArray());
        Assert.EndsWith(
            $"root=/dev/dm-0 quiet androidboot.vbmeta.device=PARTUUID=$(ANDROID_VBMETA_PARTUUID) androidboot.vbmeta.avb_version=1.3 androidboot.vbmeta.device_state=locked androidboot.vbmeta.hash_alg=sha256 androidboot.vbmeta.size={first.Length + (int)footer.VbmetaSize} androidboot.vbmeta.digest={Convert.ToHexStringLower(digest)} androidboot.vbmeta.invalidate_on_error=yes androidboot.veritymode=enforcing",
            found.Cmdline,
            StringComparison.Ordinal);
        Assert.StartsWith("dm=\"1 vroot none ro 1,0 16 verity 1 PARTUUID=1234 PARTUUID=1234 4096 4096 2 2 sha256 ", found.Cmdline, StringComparison.Ordinal);
        Assert.Contains(" 2 restart_on_corruption ignore_zero_blocks", found.Cmdline, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("boot_a", 10, SlotVerdict.Verification, "the partition boot_a: its digest is not the signed one")]
    [InlineData("system_a", 10, SlotVerdict.Verification, "the partition system_a: its root digest is not the signed one")]
    [InlineData("system_a", 8200, SlotVerdict.Verification, "the partition system_a: its hash tree is not that of its data")]
    [InlineData("common", 0, SlotVerdict.Verification, "the partition common: its digest is not the signed one")]
    [InlineData("vbmeta_a", 119, SlotVerdict.Verification, "the vbmeta of vbmeta_a: it was changed: its digest is not that of its content")]
    public void A_changed_byte_anywhere_is_refused(string partition, int at, SlotVerdict verdict, string reason)
    {
        MakeSlot();
        _partitions[partition][at] ^= 1;
        SlotVerification found = Verify();
        Assert.Equal((verdict, reason), (found.Verdict, found.Reason));
        Assert.Equal("", found.Cmdline);
    }

    [Theory]
    [InlineData("vbmeta_a")]
    [InlineData("boot_a")]
    [InlineData("system_a")]
    [InlineData("common")]
    public void A_missing_or_short_partition_is_refused(string partition)
    {
        MakeSlot();
        byte[] whole = _partitions[partition];
        _partitions.Remove(partition);
        SlotVerification missing = Verify();
        Assert.Equal((SlotVerdict.PartitionMissing, $"there is no partition {partition}"), (missing.Verdict, missing.Reason));
        foreach (int length in new[] { 0, 1, 63, 64, 100 })
        {
            _partitions[partition] = whole[..Math.Min(length, whole.Length - 1)];
            Assert.Equal(SlotVerdict.Verification, Verify().Verdict);
        }
    }

    [Fact]
    public void A_rollback_index_below_the_stored_one_is_refused()
    {
        MakeSlot();
        _stored[2] = 9;
        Assert.Equal(SlotVerdict.Ok, Verify().Verdict);
        _stored[2] = 10;
        SlotVerification chained = Verify();
        Assert.Equal((SlotVerdict.RollbackIndex, "the vbmeta of boot_a has rollback index 9; 10 was seen before at location 2"), (chained.Verdict, chained.Reason));
        _stored.Clear();
        _stored[0] = 5;
        Assert.Equal(SlotVerdict.RollbackIndex, Verify().Verdict);
    }

    [Fact]
    public void A_vbmeta_of_another_key_or_without_signature_is_refused()
    {
        MakeSlot();
        _partitions["boot_a"] = Boot(_key);
        Assert.Equal(SlotVerdict.PublicKeyRejected, Verify().Verdict);
        MakeSlot();
        _partitions["vbmeta_a"] = First(_other).Build();
        Assert.Equal(SlotVerdict.PublicKeyRejected, Verify().Verdict);
        _partitions["vbmeta_a"] = new VbmetaBuilder().Build();
        SlotVerification unsigned = Verify();
        Assert.Equal((SlotVerdict.Verification, "the vbmeta of vbmeta_a: it is not signed"), (unsigned.Verdict, unsigned.Reason));
    }

    [Fact]
    public void Chains_that_go_on_or_in_circles_or_have_flags_are_refused()
    {
        byte[] chain = AvbDescriptors.ChainPartition("boot", 2, _other.PublicKeyBlob);
        MakeSlot();
        _partitions["vbmeta_a"] = First(_key).Add(chain).Build();
        Assert.Equal(SlotVerdict.InvalidMetadata, Verify().Verdict);
        MakeSlot();
        _partitions["boot_a"] = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = _other, RollbackIndex = 9 }.Add(AvbDescriptors.ChainPartition("system", 3, _key.PublicKeyBlob)).Build();
        Assert.Equal(SlotVerdict.InvalidMetadata, Verify().Verdict);
        _partitions["boot_a"] = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = _other, RollbackIndex = 9, Flags = VbmetaFlags.VerificationDisabled }.Build();
        Assert.Equal(SlotVerdict.InvalidMetadata, Verify().Verdict);
        _partitions["vbmeta_a"] = Begin(_key).Add(AvbDescriptors.ChainPartition("boot", 0, _other.PublicKeyBlob)).Build();
        Assert.Equal(SlotVerdict.InvalidMetadata, Verify().Verdict);
    }

    [Fact]
    public void Flags_of_the_first_vbmeta_turn_trees_or_all_verification_off()
    {
        MakeSlot();
        _partitions["vbmeta_a"] = First(_key, VbmetaFlags.HashtreeDisabled).Build();
        SlotVerification trees = Verify();
        Assert.Equal(SlotVerdict.Ok, trees.Verdict);
        Assert.StartsWith("root=PARTUUID=1234 quiet ", trees.Cmdline, StringComparison.Ordinal);
        Assert.EndsWith("androidboot.veritymode=disabled", trees.Cmdline, StringComparison.Ordinal);
        _partitions["vbmeta_a"] = First(_key, VbmetaFlags.VerificationDisabled).Build();
        _partitions.Remove("boot_a");
        SlotVerification all = Verify();
        Assert.True(all.IsVerificationDisabled);
        Assert.Equal((SlotVerdict.Ok, 0), (all.Verdict, all.Verified.Count));
    }

    [Fact]
    public void Descriptors_whose_sizes_cannot_be_are_refused()
    {
        byte[][] hostile =
        [
            AvbDescriptors.Hashtree("system", 1UL << 63, 4096, 4096, "sha256", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 8192, ulong.MaxValue, 4096, "sha256", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 8192, 8192, 4096, "sha256", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 8192, 4096, 0, "sha256", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 8192, 4096, 1U << 31, "sha256", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 8192, 4096, 4096, "md5", [], new byte[32]),
            AvbDescriptors.Hashtree("system", 0, 0, 4096, "sha256", [], new byte[32]),
            AvbDescriptors.Hash("system", ulong.MaxValue, "sha256", [], new byte[32]),
            AvbDescriptors.Hash("system", 1, "sha1", [], new byte[20]),
            AvbDescriptors.Hash("system", 1, "sha256", [], []),
        ];
        MakeSlot();
        foreach (byte[] descriptor in hostile)
        {
            _partitions["vbmeta_a"] = Begin(_key).Add(descriptor).Build();
            Assert.Equal(SlotVerdict.Verification, Verify().Verdict);
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    private static VbmetaBuilder Begin(AvbSigningKey key, VbmetaFlags flags = VbmetaFlags.None) =>
        new() { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = key, RollbackIndex = 4, Flags = flags };

    private static byte[] Boot(AvbSigningKey key)
    {
        byte[] kernel = new byte[5000];
        var vbmeta = new VbmetaBuilder { Algorithm = AvbAlgorithm.Sha256Rsa2048, Key = key, RollbackIndex = 9 };
        return TestPayload.Whole(kernel, PartitionFooter.AddHash(new MemoryStream(kernel), new PartitionFooterOptions { PartitionName = "boot", Salt = new byte[4] }, vbmeta));
    }

    private VbmetaBuilder First(AvbSigningKey key, VbmetaFlags flags = VbmetaFlags.None)
    {
        var options = new PartitionFooterOptions { PartitionName = "system", SetupAsRootfs = true };
        byte[] system = [.. Enumerable.Range(0, 8192).Select(static i => (byte)(i / 3))];
        VbmetaBuilder builder = Begin(key, flags).Add(AvbDescriptors.ChainPartition("boot", 2, _other.PublicKeyBlob));
        _partitions["system_a"] = TestPayload.Whole(system, PartitionFooter.AddHashtree(new MemoryStream(system), options, builder, append: false));
        _partitions["common"] = [1, 2, 3];
        return builder
            .Add(AvbDescriptors.KernelCmdline("quiet"))
            .Add(AvbDescriptors.Property("a", "b"u8))
            .Add(AvbDescriptors.Hash("common", 3, "sha512", [5], SHA512.HashData([5, 1, 2, 3]), HashDescriptor.DoNotUseAb));
    }

    private void MakeSlot()
    {
        _partitions["boot_a"] = Boot(_other);
        _partitions["vbmeta_a"] = First(_key).Build();
    }

    private SlotVerification Verify() => SlotVerifier.Verify(new SlotRequest
    {
        Open = name => _partitions.TryGetValue(name, out byte[]? content) ? new MemoryStream(content) : null,
        IsTrusted = key => key.Span.SequenceEqual(_key.PublicKeyBlob),
        FirstPartition = "vbmeta_a",
        SlotSuffix = "_a",
        VerifyHashtrees = true,
        StoredRollbackIndex = location => _stored.GetValueOrDefault(location),
        Variables = new Dictionary<string, string> { ["ANDROID_SYSTEM_PARTUUID"] = "1234" },
    });
}
