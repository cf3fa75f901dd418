using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.Apk;
using BootLoader.Sources;
using BootLoader.Verity;

namespace BootLoader.Tests.Apk;

public sealed class IdsigTests
{
    private static readonly byte[] s_apk = TestApk.Build(TestApk.P256, ("data", RandomNumberGenerator.GetBytes(300_000)));
    private static readonly byte[] s_idsig = Make(s_apk);

    [Fact]
    public void An_idsig_has_AVFs_fields_and_the_tree_of_the_APK()
    {
        using var apk = new MemorySource(s_apk);
        using var file = new MemorySource(s_idsig);
        Idsig idsig = Idsig.Verify(file, apk);
        DmVerityTree tree = DmVerityTree.Build(apk, DmVerityHash.Sha256, 4096, default);
        Assert.Equal(tree.RootDigest.ToArray(), idsig.RootHash.ToArray());
        Assert.Equal(tree.Levels.ToArray(), s_idsig[(int)idsig.TreeOffset..]);
        Assert.Equal((true, 4096, SignatureAlgorithm.EcdsaWithSha256), (idsig.Salt.IsEmpty, idsig.BlockSize, idsig.SignatureAlgorithm));
        Assert.Equal(ApkVerifier.Verify(apk).Digest.ToArray(), idsig.ApkDigest.ToArray());
    }

    [Fact]
    public void Behind_an_idsig_the_rest_of_its_partition_may_follow()
    {
        using var file = new MemorySource((byte[])[.. s_idsig, .. new byte[4000]]);
        using var apk = new MemorySource(s_apk);
        Assert.Equal(s_idsig.Length, Idsig.Verify(file, apk).TreeOffset + Idsig.Read(file).TreeSize);
    }

    [Fact]
    public void An_idsig_is_made_once_and_again_when_the_APK_or_the_file_is_another()
    {
        using var apk = new MemorySource(s_apk);
        using var file = new MemoryStream();
        Assert.True(Idsig.CreateOrUpdate(apk, file));
        Assert.Equal(s_idsig, file.ToArray());
        Assert.False(Idsig.CreateOrUpdate(apk, file));
        Assert.Equal(s_idsig, file.ToArray());

        using var other = new MemorySource(TestApk.Small);
        Assert.True(Idsig.CreateOrUpdate(other, file));
        Assert.Equal(Make(TestApk.Small), file.ToArray());
        // Cut short, grown, without its header, or something else: it is made anew.
        foreach (Action<MemoryStream> damage in (Action<MemoryStream>[])
            [static f => f.SetLength(f.Length - 1), static f => f.SetLength(f.Length + 1), static f => f.GetBuffer().AsSpan(0, 40).Clear(), static f => f.SetLength(0)])
        {
            Assert.True(Idsig.CreateOrUpdate(apk, file));
            damage(file);
            Assert.True(Idsig.CreateOrUpdate(apk, file));
            Assert.Equal(s_idsig, file.ToArray());
            Assert.True(Idsig.CreateOrUpdate(other, file));
        }
    }

    [Fact]
    public void An_APK_without_v3_signature_gets_no_idsig_and_the_file_stays_as_it_was()
    {
        using var file = new MemoryStream((byte[])[.. "kept"u8]);
        using var apk = new MemorySource(Zip.TestZip.Small());
        Assert.Equal("it has no APK signing block: sign it with scheme v3", Assert.Throws<ApkException>(() => Idsig.CreateOrUpdate(apk, file)).Message);
        Assert.Equal("kept"u8.ToArray(), file.ToArray());
    }

    [Fact]
    public void Progress_is_told_from_some_bytes_to_all()
    {
        using var apk = new MemorySource(TestApk.Build(TestApk.P256, ("data", RandomNumberGenerator.GetBytes(3_000_000))));
        foreach (Action<IProgress<ApkProgress>> work in (Action<IProgress<ApkProgress>>[])[p => Idsig.Create(apk, progress: p), p => ApkVerifier.Verify(apk, progress: p)])
        {
            var told = new Told();
            work(told);
            Assert.True(told.All.Count > 2);
            Assert.Equal(told.All.Select(static p => p.Done).Order(), told.All.Select(static p => p.Done));
            Assert.All(told.All, p => Assert.Equal(told.All[^1].Done, p.Total));
        }
    }

    [Fact]
    public void A_bit_that_is_flipped_in_the_APK_or_in_what_the_idsig_says_of_it_is_refused()
    {
        using var good = new MemorySource(s_apk);
        for (int at = 0; at < s_idsig.Length; at += at < 100 ? 1 : 101)
        {
            byte[] changed = [.. s_idsig];
            changed[at] ^= (byte)(1 << (at % 8));
            using var file = new MemorySource(changed);
            // The algorithm is told, not used.
            int algorithm = 4 + 4 + 45 + 4 + 36 + 12;
            if (at >= algorithm && at < algorithm + 4)
            {
                continue;
            }

            Assert.Throws<ApkException>(() => Idsig.Verify(file, good));
        }

        using var idsig = new MemorySource(s_idsig);
        byte[] apk = [.. s_apk];
        apk[100_000] ^= 1;
        using var bad = new MemorySource(apk);
        Assert.StartsWith("the APK is not the one of the idsig: its root hash is ", Assert.Throws<ApkException>(() => Idsig.Verify(idsig, bad)).Message, StringComparison.Ordinal);
        using var another = new MemorySource(TestApk.Small);
        Assert.StartsWith("the idsig is one of another APK", Assert.Throws<ApkException>(() => Idsig.Verify(idsig, another)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_idsig_that_is_cut_at_any_byte_is_refused()
    {
        for (int length = 0; length < s_idsig.Length; length++)
        {
            using var file = new MemorySource(s_idsig.AsMemory(0, length));
            Assert.Throws<ApkException>(() => Idsig.Read(file));
        }
    }

    [Fact]
    public void Lengths_that_overflow_are_refused()
    {
        foreach (int at in (int[])[4, 13, 17, 53, 57, 93, 97, 101, 109, 113])
        {
            foreach (uint length in (uint[])[uint.MaxValue, int.MaxValue, 1u << 31, uint.MaxValue - 3])
            {
                byte[] changed = [.. s_idsig];
                BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), length);
                using var file = new MemorySource(changed);
                Assert.Throws<ApkException>(() => Idsig.Read(file));
            }
        }
    }

    [Fact]
    public void Mutated_idsigs_never_do_more_than_be_refused()
    {
        var random = new Random(31);
        for (int round = 0; round < 10_000; round++)
        {
            byte[] mutant = s_idsig[..random.Next(200)];
            for (int change = random.Next(4); change > 0 && mutant.Length > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(3));
            }

            using var file = new MemorySource(mutant);
            try
            {
                Idsig read = Idsig.Read(file);
                Assert.True(read.TreeOffset + read.TreeSize <= mutant.Length);
            }
            catch (ApkException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    private static byte[] Make(byte[] bytes)
    {
        using var apk = new MemorySource(bytes);
        return Idsig.Create(apk);
    }

    private sealed class Told : IProgress<ApkProgress>
    {
        public List<ApkProgress> All { get; } = [];

        public void Report(ApkProgress value) => All.Add(value);
    }
}
