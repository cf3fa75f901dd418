using Kvm.Interop.Files;
using Virtio.Block;

namespace Virtio.Tests.Block.Formats;

/// <summary>Reads and writes a disk as a device does: where extents say, or through the disk.</summary>
internal static unsafe class DiskBytes
{
    /// <summary>Reads through the disk, into two vectors.</summary>
    public static byte[] Read(this IDisk disk, ulong offset, int length)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, (byte)0xee);
        Assert.Equal(0, disk.TryRead(offset, bytes));
        return bytes;
    }

    public static int TryRead(this IDisk disk, ulong offset, Span<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            int cut = bytes.Length / 3;
            return disk.Read([new IoVector(pointer, (nuint)cut), new IoVector(pointer + cut, (nuint)(bytes.Length - cut))], offset);
        }
    }

    public static void Write(this IDisk disk, ulong offset, ReadOnlySpan<byte> bytes) => Assert.Equal(0, disk.TryWrite(offset, bytes));

    public static int TryWrite(this IDisk disk, ulong offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            int cut = bytes.Length / 3;
            return disk.Write([new IoVector(pointer, (nuint)cut), new IoVector(pointer + cut, (nuint)(bytes.Length - cut))], offset);
        }
    }

    /// <summary>Reads each extent where it lies.</summary>
    public static byte[] ReadExtents(this IDisk disk, ulong offset, int length)
    {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;)
        {
            DiskExtent extent = disk.Locate(offset + (ulong)done, (ulong)(length - done), forWrite: false);
            Assert.InRange(extent.Length, 1UL, (ulong)(length - done));
            Span<byte> part = bytes.AsSpan(done, (int)extent.Length);
            switch (extent.Kind)
            {
                case DiskExtentKind.File:
                    Assert.Equal(0, FileTransfer.ReadAll(extent.File!, part, extent.FileOffset));
                    break;
                case DiskExtentKind.Zero:
                    break;
                default:
                    Assert.Equal(0, disk.TryRead(offset + (ulong)done, part));
                    break;
            }

            done += (int)extent.Length;
        }

        return bytes;
    }

    /// <summary>Writes each extent where it lies.</summary>
    public static int WriteExtents(this IDisk disk, ulong offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            DiskExtent extent = disk.Locate(offset, (ulong)bytes.Length, forWrite: true);
            Assert.InRange(extent.Length, 1UL, (ulong)bytes.Length);
            ReadOnlySpan<byte> part = bytes[..(int)extent.Length];
            int error = extent.Kind == DiskExtentKind.File ? FileTransfer.WriteAll(extent.File!, part, extent.FileOffset) : disk.TryWrite(offset, part);
            if (error != 0)
            {
                return error;
            }

            offset += extent.Length;
            bytes = bytes[(int)extent.Length..];
        }

        return 0;
    }

    /// <summary>Bytes that are nowhere alike for long.</summary>
    public static byte[] Pattern(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
