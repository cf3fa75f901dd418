namespace BootLoader.Avb.Making;

/// <summary>An image with what was made for it. Its own bytes are not in here: they come first and stay as they are.</summary>
/// <param name="OriginalSize">Bytes of the image itself; zeros follow where nothing else lies.</param>
/// <param name="Parts">What is written where: a hash tree, a vbmeta, a footer.</param>
/// <param name="Size">Bytes of the whole.</param>
/// <param name="Vbmeta">The vbmeta alone.</param>
public sealed record PartitionImage(long OriginalSize, IReadOnlyList<(long Offset, ReadOnlyMemory<byte> Bytes)> Parts, long Size, byte[] Vbmeta);
