using System.Buffers.Binary;
using BootLoader.Blocks;

namespace BootLoader.InstanceImage.Making;

/// <summary>An empty instance image, as a VM finds it at its first boot: a header, and zeros behind it.</summary>
public sealed class InstanceImageCreation
{
    /// <summary>The size that AVF gives an application's image: 10 MiB.</summary>
    public const long DefaultSize = 10 << 20;

    /// <summary>The largest size that is made: 1 TiB.</summary>
    public const long MaxSize = 1L << 40;

    // A writable partition of a composite disk has to be a multiple of this.
    private const long Granularity = 4096;

    /// <param name="size">The least number of bytes: from 1 to <see cref="MaxSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is no such number.</exception>
    public InstanceImageCreation(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize);
        Size = (size + Granularity - 1) / Granularity * Granularity;
    }

    /// <summary>Bytes of the image: the size that was asked for, rounded up to 4 KiB.</summary>
    public long Size { get; }

    /// <summary>Sector 0. All that follows is zeros.</summary>
    public static byte[] Header()
    {
        byte[] sector = new byte[Sectors.Size];
        InstanceImageFormat.Magic.CopyTo(sector);
        BinaryPrimitives.WriteUInt16LittleEndian(sector.AsSpan(InstanceImageFormat.VersionOffset), InstanceImageFormat.Version);
        return sector;
    }
}
