using System.Security.Cryptography;
using BootLoader.Sources;
using BootLoader.Verity;

namespace BootLoader.Tests.Verity;

public sealed class DmVerityTreeTests
{
    [SkippableTheory]
    [InlineData(1, "sha256", "", 4096)]
    [InlineData(2, "sha256", "0102", 4096)]
    [InlineData(128, "sha256", "aabb", 4096)]
    [InlineData(129, "sha256", "aabb", 4096)]
    [InlineData(300, "sha512", "00", 4096)]
    [InlineData(300, "sha1", "0a", 4096)]
    [InlineData(1000, "sha256", "0a", 1024)]
    public void Veritysetup_makes_the_same_tree(int blocks, string algorithm, string salt, int blockSize)
    {
        byte[] data = new byte[blocks * blockSize];
        new Random(blocks).NextBytes(data);
        DmVerityTree tree = DmVerityTree.Build(new MemoryStream(data), data.Length, DmVerityHash.Find(algorithm)!, blockSize, Convert.FromHexString(salt));
        string[] arguments =
        [
            "format", "--no-superblock", $"--hash={algorithm}", $"--data-block-size={blockSize}", $"--hash-block-size={blockSize}",
            $"--salt={(salt.Length == 0 ? "-" : salt)}", $"--root-hash-file={{1}}", "{0}", "{out}",
        ];
        string folder = Directory.CreateTempSubdirectory("verity-").FullName;
        try
        {
            string root = Path.Combine(folder, "root");
            byte[] theirs = Tool.OnFiles("veritysetup", [.. arguments.Select(argument => argument.Replace("{1}", root, StringComparison.Ordinal))], data);
            Assert.Equal(File.ReadAllText(root).Trim(), Convert.ToHexStringLower(tree.RootDigest.Span));
            // A device's hash area is filled up to whole blocks; ours is nothing but blocks.
            Assert.Equal(theirs, tree.Levels.ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_tree_of_one_block_is_its_digest_alone()
    {
        byte[] data = new byte[4096];
        DmVerityTree tree = DmVerityTree.Build(new MemoryStream(data), 4096, DmVerityHash.Sha256, 4096, [7]);
        Assert.Equal(0, tree.Levels.Length);
        Assert.Equal(SHA256.HashData([7, .. data]), tree.RootDigest.ToArray());
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(-4096, 4096)]
    [InlineData(4095, 4096)]
    [InlineData(4096, 256)]
    [InlineData(4096, 4000)]
    [InlineData(131072, 131072)]
    [InlineData(long.MaxValue / 4096 * 4096, 4096)]
    public void Sizes_that_have_no_tree_are_refused(long dataSize, int blockSize) =>
        Assert.Throws<VerityException>(() => DmVerityTree.Size(dataSize, DmVerityHash.Sha256, blockSize));

    [Fact]
    public void Data_that_ends_early_is_refused() =>
        Assert.Throws<EndOfStreamException>(() => DmVerityTree.Build(new MemoryStream(new byte[4096]), 8192, DmVerityHash.Sha256, 4096, []));

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(1 << 20)]
    [InlineData((5 << 20) + 77)]
    public void A_tree_that_is_made_on_several_threads_is_the_same_with_zeros_at_the_end(int size)
    {
        byte[] data = new byte[size];
        new Random(size).NextBytes(data);
        byte[] padded = [.. data, .. new byte[-size & 4095]];
        long done = 0;
        using var source = new MemorySource(data);
        foreach (DmVerityHash hash in (DmVerityHash[])[DmVerityHash.Sha256, DmVerityHash.Sha512, DmVerityHash.Sha1])
        {
            DmVerityTree tree = DmVerityTree.Build(source, hash, 4096, new byte[] { 9 }, bytes => done += bytes);
            DmVerityTree expected = DmVerityTree.Build(new MemoryStream(padded), padded.Length, hash, 4096, [9]);
            Assert.Equal(expected.RootDigest.ToArray(), tree.RootDigest.ToArray());
            Assert.Equal(expected.Levels.ToArray(), tree.Levels.ToArray());
        }

        Assert.Equal(size * 3L, done);
    }

    [Fact]
    public void Making_a_tree_can_be_ended_early()
    {
        using var source = new MemorySource(new byte[8 << 20]);
        using var ended = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => DmVerityTree.Build(source, DmVerityHash.Sha256, 4096, default, _ => ended.Cancel(), ended.Token));
    }
}
