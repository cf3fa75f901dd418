using System.Buffers.Binary;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>Writes parts of a table that is held as numbers.</summary>
internal static class TableBytes
{
    private const int Step = 512;

    /// <summary>Writes some entries of a table.</summary>
    /// <param name="image">The file.</param>
    /// <param name="table">The whole table.</param>
    /// <param name="from">The first entry.</param>
    /// <param name="to">The one behind the last.</param>
    /// <param name="offset">Where the table begins in the file.</param>
    /// <returns>0 or an errno.</returns>
    public static int Write(Qcow2Image image, ulong[] table, int from, int to, ulong offset)
    {
        Span<byte> bytes = stackalloc byte[Step * Qcow2Format.EntrySize];
        int error = 0;
        for (int start = from; start < to && error == 0; start += Step)
        {
            int count = Math.Min(Step, to - start);
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(bytes[(i * Qcow2Format.EntrySize)..], table[start + i]);
            }

            error = image.Write(bytes[..(count * Qcow2Format.EntrySize)], offset + ((ulong)start * Qcow2Format.EntrySize));
        }

        return error;
    }
}
