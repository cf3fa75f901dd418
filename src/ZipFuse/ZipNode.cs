using BootLoader.Zip;

namespace ZipFuse;

/// <summary>A file or directory of the archive.</summary>
/// <param name="id">The number that the kernel knows it by.</param>
/// <param name="parent">The directory that it lies in; null for the root.</param>
/// <param name="name">Its name there.</param>
/// <param name="file">Its entry; null for a directory.</param>
internal sealed class ZipNode(ulong id, ZipNode? parent, byte[] name, ZipEntry? file)
{
    public ulong Id { get; } = id;

    /// <summary>The directory that it lies in; the root lies in itself.</summary>
    public ZipNode Parent => parent ?? this;

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Name => name;

    public ZipEntry? File { get; } = file;

    public bool IsDirectory => File is null;

    /// <summary>What lies in it, in the order of the archive.</summary>
    public List<ZipNode> Children { get; } = [];

    public long Size => File?.Size ?? 0;
}
