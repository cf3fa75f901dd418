using System.Security.Cryptography;
using System.Text;
using BootLoader.Verity;

namespace BootLoader.Avb.Slots;

/// <summary>Verifies the content of a partition against its descriptor.</summary>
public static class PartitionContent
{
    private const int Chunk = 1 << 20;

    /// <summary>Verifies a partition whole.</summary>
    /// <param name="partition">The partition, seekable.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <returns>Why it is not genuine: one line; null when it is.</returns>
    public static string? Fault(Stream partition, in HashDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(partition);
        string algorithm = Encoding.ASCII.GetString(descriptor.Algorithm);
        // libavb knows these two for whole partitions.
        if (algorithm == "sha1" || DmVerityHash.Find(algorithm) is not { } hash)
        {
            return $"its digest is made with '{algorithm}', which is not supported";
        }

        if (descriptor.ImageSize > (ulong)partition.Length)
        {
            return $"it has {partition.Length} bytes; its descriptor covers {descriptor.ImageSize}";
        }

        using IncrementalHash digest = hash.Begin();
        digest.AppendData(descriptor.Salt);
        partition.Position = 0;
        byte[] chunk = new byte[Chunk];
        for (ulong left = descriptor.ImageSize; left > 0;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(left, Chunk));
            partition.ReadExactly(part);
            digest.AppendData(part);
            left -= (ulong)part.Length;
        }

        return CryptographicOperations.FixedTimeEquals(digest.GetHashAndReset(), descriptor.Digest) ? null : "its digest is not the signed one";
    }

    /// <summary>Verifies every block of a partition and its hash tree.</summary>
    /// <param name="partition">The partition, seekable.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <returns>Why it is not genuine: one line; null when it is.</returns>
    public static string? Fault(Stream partition, in HashtreeDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(partition);
        string algorithm = Encoding.ASCII.GetString(descriptor.Algorithm);
        if (descriptor.DmVerityVersion != 1 || descriptor.DataBlockSize != descriptor.HashBlockSize || DmVerityHash.Find(algorithm) is not { } hash)
        {
            return $"its tree is of version {descriptor.DmVerityVersion}, blocks of {descriptor.DataBlockSize} and {descriptor.HashBlockSize} bytes and '{algorithm}', which is not supported";
        }

        ulong length = (ulong)partition.Length;
        bool inside = descriptor.TreeOffset <= length && descriptor.TreeSize <= length - descriptor.TreeOffset;
        if (!inside || descriptor.ImageSize > descriptor.TreeOffset)
        {
            return $"its {descriptor.ImageSize} bytes and the tree of {descriptor.TreeSize} at byte {descriptor.TreeOffset} do not lie in the {length} that it has";
        }

        try
        {
            if ((ulong)DmVerityTree.Size((long)descriptor.ImageSize, hash, (int)Math.Min(descriptor.DataBlockSize, int.MaxValue)) != descriptor.TreeSize)
            {
                return $"a tree over {descriptor.ImageSize} bytes does not have {descriptor.TreeSize}";
            }

            partition.Position = 0;
            return DmVerityTree.Verify(
                partition,
                (long)descriptor.ImageSize,
                (long)descriptor.TreeOffset,
                hash,
                (int)descriptor.DataBlockSize,
                descriptor.Salt,
                descriptor.RootDigest) switch
            {
                DmVerityVerdict.Genuine => null,
                DmVerityVerdict.TreeDiffers => "its hash tree is not that of its data",
                _ => "its root digest is not the signed one",
            };
        }
        catch (VerityException failure)
        {
            return failure.Message;
        }
    }
}
