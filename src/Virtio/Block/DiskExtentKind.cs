namespace Virtio.Block;

/// <summary>The kinds of <see cref="DiskExtent"/>.</summary>
public enum DiskExtentKind
{
    /// <summary>Bytes of a file, one after the other.</summary>
    File,

    /// <summary>Zeros that lie nowhere; only where the extent is for reading.</summary>
    Zero,

    /// <summary>Only <see cref="IDisk.Read"/> and <see cref="IDisk.Write"/> can: a place must be allocated, or bytes decompressed.</summary>
    Blocking,
}
