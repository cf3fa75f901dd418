using System.Buffers.Binary;
using System.Diagnostics;
using BootLoader.Apk;
using BootLoader.Sources;

namespace BootLoader.Tests.Apk;

public sealed class ApkHostileTests
{
    private static readonly byte[] s_apk = TestApk.Small;
    private static readonly int s_central = (int)BinaryPrimitives.ReadUInt32LittleEndian(s_apk.AsSpan(s_apk.Length - 22 + 16));

    // Of its beginning, the block's size says where it is.
    private static readonly int s_block = s_central - 8 - (int)BinaryPrimitives.ReadUInt64LittleEndian(s_apk.AsSpan(s_central - 24));
    private static readonly int s_pair = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(s_apk.AsSpan(s_block + 8));

    [Fact]
    public void An_APK_that_is_cut_at_any_byte_is_refused()
    {
        for (int length = 0; length < s_apk.Length; length++)
        {
            using var apk = new MemorySource(s_apk.AsMemory(0, length));
            Assert.Throws<ApkException>(() => ApkVerifier.Verify(apk));
            Assert.Throws<ApkException>(() => AndroidManifest.ReadFromApk(apk));
        }
    }

    [Fact]
    public void A_flipped_bit_in_every_byte_but_the_padding_is_refused()
    {
        byte[] apk = [.. s_apk];
        using var source = new MemorySource(apk);
        ApkVerifier.Verify(source);
        // The padding's ID and zeros are nobody's word; its size is, because the block must end where it ends.
        int padding = s_block + 8 + s_pair + 8;
        for (int at = 0; at < apk.Length; at++)
        {
            if (at == padding)
            {
                at = s_central - 24;
            }

            apk[at] ^= (byte)(1 << (at % 8));
            Assert.True(IsRefused(source), $"byte {at}");
            apk[at] ^= (byte)(1 << (at % 8));
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    [InlineData(1UL << 63)]
    [InlineData(1UL << 32)]
    [InlineData(23)]
    [InlineData(0)]
    public void A_signing_block_of_an_impossible_size_is_refused(ulong size)
    {
        byte[] apk = [.. s_apk];
        BinaryPrimitives.WriteUInt64LittleEndian(apk.AsSpan(s_block), size);
        BinaryPrimitives.WriteUInt64LittleEndian(apk.AsSpan(s_central - 24), size);
        Assert.StartsWith("the APK signing block says", Refusal(apk), StringComparison.Ordinal);
    }

    [Fact]
    public void A_signing_block_whose_sizes_differ_is_refused()
    {
        byte[] apk = [.. s_apk];
        apk[s_block]++;
        Assert.Matches("^the APK signing block has [0-9]+ bytes by its beginning and [0-9]+ by its end$", Refusal(apk));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 3)]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void A_pair_that_does_not_lie_in_the_block_is_refused(ulong size)
    {
        byte[] apk = [.. s_apk];
        BinaryPrimitives.WriteUInt64LittleEndian(apk.AsSpan(s_block + 8), size);
        Assert.StartsWith($"a pair of {size} bytes", Refusal(apk), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_v3_signatures_in_one_block_are_refused()
    {
        byte[] apk = [.. s_apk];
        BinaryPrimitives.WriteUInt32LittleEndian(apk.AsSpan(s_block + 8 + s_pair + 8), 0xf05368c0);
        Assert.Equal("the APK signing block has two values of ID 0xf05368c0", Refusal(apk));
    }

    [Fact]
    public void A_v2_or_v3_1_signature_alone_does_not_count()
    {
        foreach (uint id in (uint[])[0x7109871a, 0x1b93ad61])
        {
            byte[] apk = [.. s_apk];
            BinaryPrimitives.WriteUInt32LittleEndian(apk.AsSpan(s_block + 16), id);
            Assert.Equal("it is not signed by APK signature scheme v3, which is the only one that counts", Refusal(apk));
        }
    }

    [Fact]
    public void Two_signers_for_one_platform_version_are_refused()
    {
        ReadOnlyMemory<byte> signers = s_apk.AsMemory(s_block + 8 + 12, s_pair - 12);
        byte[] signer = signers[4..].ToArray();
        var both = new PrefixedWriter();
        both.AddPrefixed((byte[])[.. signer, .. signer]);
        Assert.Equal(
            "one signer is needed for platform version 35; the APK has 2", Assert.Throws<ApkException>(() => V3Signer.Read(both.ToArray(), 35)).Message);
        var none = new PrefixedWriter();
        none.AddPrefixed([]);
        Assert.Equal(
            "one signer is needed for platform version 35; the APK has 0", Assert.Throws<ApkException>(() => V3Signer.Read(none.ToArray(), 35)).Message);
    }

    [Fact]
    public void Mutated_signing_blocks_never_do_more_than_be_refused()
    {
        var random = new Random(23);
        var time = Stopwatch.StartNew();
        for (int round = 0; round < 20_000 && time.Elapsed < TimeSpan.FromSeconds(2); round++)
        {
            byte[] mutant = [.. s_apk];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = s_block + random.Next(s_pair + 30);
                if (random.Next(2) == 0)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(mutant.AsSpan(at), (uint)random.Next(-2, 2000));
                }
                else
                {
                    mutant[at] = (byte)random.Next(256);
                }
            }

            using var apk = new MemorySource(mutant);
            try
            {
                ApkVerifier.ReadUnverified(apk);
                ApkVerifier.Verify(apk);
                Assert.Equal(s_apk.AsSpan(0, s_block + 8 + s_pair), mutant.AsSpan(0, s_block + 8 + s_pair));
            }
            catch (ApkException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    private static bool IsRefused(MemorySource apk)
    {
        try
        {
            ApkVerifier.Verify(apk);
            return false;
        }
        catch (ApkException)
        {
            return true;
        }
    }

    private static string Refusal(byte[] bytes)
    {
        using var apk = new MemorySource(bytes);
        return Assert.Throws<ApkException>(() => ApkVerifier.Verify(apk)).Message;
    }
}
