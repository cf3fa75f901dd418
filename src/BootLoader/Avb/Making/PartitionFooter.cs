using System.Security.Cryptography;
using BootLoader.Verity;

namespace BootLoader.Avb.Making;

/// <summary>Adds a vbmeta and a footer to an image, as avbtool's add_hash_footer and add_hashtree_footer do. There is no forward error correction.</summary>
public static class PartitionFooter
{
    /// <summary>What avbtool keeps free for a vbmeta.</summary>
    public const int ReservedForVbmeta = 64 << 10;

    /// <summary>What avbtool keeps free for the footer.</summary>
    public const int ReservedForFooter = BlockSize;

    private const int BlockSize = 4096;

    /// <summary>The size of an image without what was added to it before.</summary>
    /// <param name="image">The whole image, seekable.</param>
    /// <exception cref="AvbException">It ends in a footer that is broken.</exception>
    public static long OriginalSize(Stream image)
    {
        if (image.Length < AvbFooter.Size)
        {
            return image.Length;
        }

        byte[] last = new byte[AvbFooter.Size];
        image.Position = image.Length - last.Length;
        image.ReadExactly(last);
        return AvbFooter.Read(last, (ulong)image.Length, out AvbFooter footer) switch
        {
            AvbFooterResult.NoFooter => image.Length,
            AvbFooterResult.Ok => (long)footer.OriginalImageSize,
            _ => throw new AvbException("the image ends in a footer that is broken; cut the image to its original size first"),
        };
    }

    /// <summary>Adds a descriptor with the digest of the whole image.</summary>
    /// <param name="image">The image, seekable; a footer that it has is replaced.</param>
    /// <param name="options">Names and sizes.</param>
    /// <param name="vbmeta">The other descriptors and the key.</param>
    /// <param name="append">Whether the vbmeta goes into the image; if not, it gets no footer.</param>
    /// <exception cref="AvbException">The image does not fit the partition, or the vbmeta cannot be made.</exception>
    public static PartitionImage AddHash(Stream image, PartitionFooterOptions options, VbmetaBuilder vbmeta, bool append = true)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(vbmeta);
        long size = OriginalSize(image);
        long partition = options.PartitionSize ?? Round(size + ReservedForVbmeta + ReservedForFooter, BlockSize);
        Fit(options, size, partition - ReservedForVbmeta - ReservedForFooter, partition);
        using IncrementalHash digest = options.Hash.Begin();
        digest.AppendData(options.Salt.Span);
        image.Position = 0;
        Append(digest, image, size);
        vbmeta.Add(AvbDescriptors.Hash(
            options.PartitionName,
            (ulong)size,
            options.Hash.Name,
            options.Salt.Span,
            digest.GetHashAndReset(),
            options.DoNotUseAb ? HashDescriptor.DoNotUseAb : 0));
        return Place(size, [], Round(size, BlockSize), partition, vbmeta.Build(), append);
    }

    /// <summary>Adds a dm-verity tree and a descriptor with its root.</summary>
    /// <param name="image">The image, seekable; a footer that it has is replaced. It is filled up with zeros to whole blocks.</param>
    /// <param name="options">Names and sizes.</param>
    /// <param name="vbmeta">The other descriptors and the key.</param>
    /// <param name="append">Whether the vbmeta goes into the image; if not, only the tree does.</param>
    /// <exception cref="AvbException">The image does not fit the partition, or the vbmeta cannot be made.</exception>
    public static PartitionImage AddHashtree(Stream image, PartitionFooterOptions options, VbmetaBuilder vbmeta, bool append = true)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(vbmeta);
        long size = OriginalSize(image);
        if (size == 0)
        {
            throw new AvbException("an empty image has no hash tree");
        }

        long rounded = Round(size, options.BlockSize), treeSize, partition;
        DmVerityTree tree;
        try
        {
            treeSize = DmVerityTree.Size(rounded, options.Hash, options.BlockSize);
            long needed = Round(rounded + treeSize, BlockSize) + ReservedForVbmeta + ReservedForFooter;
            partition = options.PartitionSize ?? needed;
            Fit(options, rounded, partition - (needed - rounded), partition);
            image.Position = 0;
            using var data = new ZeroFilledStream(image, size);
            tree = DmVerityTree.Build(data, rounded, options.Hash, options.BlockSize, options.Salt.Span);
        }
        catch (VerityException failure)
        {
            throw new AvbException(failure.Message, failure);
        }

        uint flags = (options.DoNotUseAb ? HashtreeDescriptor.DoNotUseAb : 0) | (options.CheckAtMostOnce ? HashtreeDescriptor.CheckAtMostOnce : 0);
        byte[] descriptor = AvbDescriptors.Hashtree(
            options.PartitionName,
            (ulong)rounded,
            (ulong)treeSize,
            (uint)options.BlockSize,
            options.Hash.Name,
            options.Salt.Span,
            tree.RootDigest.Span,
            flags);
        vbmeta.Add(descriptor);
        if (options.SetupAsRootfs)
        {
            RootfsCmdline.AddTo(vbmeta, descriptor);
        }

        return Place(size, [(rounded, tree.Levels)], Round(rounded + treeSize, BlockSize), partition, vbmeta.Build(), append);
    }

    private static void Fit(PartitionFooterOptions options, long size, long possible, long partition)
    {
        if (partition % BlockSize != 0)
        {
            throw new AvbException($"a partition of {partition} bytes: it must be a multiple of {BlockSize}");
        }

        if (size > possible)
        {
            throw new AvbException(
                $"an image of {size} bytes does not fit a partition '{options.PartitionName}' of {partition} bytes, which has place for {Math.Max(possible, 0)}");
        }
    }

    private static PartitionImage Place(
        long size, List<(long Offset, ReadOnlyMemory<byte> Bytes)> parts, long vbmetaOffset, long partition, byte[] vbmeta, bool append)
    {
        if (!append)
        {
            long end = parts.Count == 0 ? size : vbmetaOffset;
            return new PartitionImage(size, parts, end, vbmeta);
        }

        byte[] footer = new byte[AvbFooter.Size];
        // For a tree, avbtool too gives the size without the zeros that fill the last block: erasing the footer gives the image back.
        new AvbFooter((ulong)size, (ulong)vbmetaOffset, (ulong)vbmeta.Length).Write(footer);
        parts.Add((vbmetaOffset, vbmeta));
        parts.Add((partition - footer.Length, footer));
        return new PartitionImage(size, parts, partition, vbmeta);
    }

    private static void Append(IncrementalHash digest, Stream image, long size)
    {
        byte[] chunk = new byte[1 << 20];
        for (long done = 0; done < size;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, size - done));
            image.ReadExactly(part);
            digest.AppendData(part);
            done += part.Length;
        }
    }

    private static long Round(long size, long to) => (size + to - 1) / to * to;
}
