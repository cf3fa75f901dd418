using BootLoader.Sources;
using BootLoader.Zip;

namespace ZipFuse;

/// <summary>Reads files of the archive at any place. Stored ones are read in place; deflated ones from their beginning, or from where the last read ended.</summary>
/// <remarks>
/// Safe to call by several threads. The kernel keeps what it has read, so a deflated file is unpacked about once when it is read from front to end;
/// what is mapped and used at random is better stored.
/// </remarks>
internal sealed class ZipContent(ZipArchiveReader archive, RandomAccessSource source) : IDisposable
{
    /// <summary>Deflated files whose place is remembered; each takes some 50 KiB.</summary>
    private const int MostOpen = 4;

    private readonly Lock _lock = new();
    private readonly List<Unpacking> _open = [];

    /// <summary>Reads a part of a file.</summary>
    /// <param name="entry">The file.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="destination">Takes it.</param>
    /// <returns>Its bytes: fewer than asked for only at the end of the file.</returns>
    /// <exception cref="IOException">The archive could not be read.</exception>
    /// <exception cref="ZipException">The content is not what the archive says of it.</exception>
    public int Read(ZipEntry entry, long offset, Span<byte> destination)
    {
        if (offset < 0 || offset >= entry.Size)
        {
            return 0;
        }

        destination = destination[..(int)Math.Min(destination.Length, entry.Size - offset)];
        if (entry.Method == ZipMethod.Stored)
        {
            source.ReadExactly(entry.DataOffset + offset, destination);
            return destination.Length;
        }

        lock (_lock)
        {
            Unpacking unpacking = Take(entry, offset);
            try
            {
                unpacking.Read(offset, destination);
            }
            catch
            {
                unpacking.Dispose();
                throw;
            }

            _open.Add(unpacking);
        }

        return destination.Length;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _open.ForEach(static unpacking => unpacking.Dispose());
            _open.Clear();
        }
    }

    /// <summary>One that has not come past a place yet, out of the list; the list has the one used last at its end.</summary>
    private Unpacking Take(ZipEntry entry, long offset)
    {
        int found = _open.FindIndex(unpacking => unpacking.Entry == entry && unpacking.Position <= offset);
        if (found < 0 && _open.Count == MostOpen)
        {
            _open[0].Dispose();
            _open.RemoveAt(0);
        }

        if (found < 0)
        {
            return new Unpacking(entry, archive.OpenEntry(entry));
        }

        Unpacking taken = _open[found];
        _open.RemoveAt(found);
        return taken;
    }

    private sealed class Unpacking(ZipEntry entry, Stream stream) : IDisposable
    {
        private const int Chunk = 16 << 10;

        public ZipEntry Entry { get; } = entry;

        public long Position { get; private set; }

        public void Read(long offset, Span<byte> destination)
        {
            Span<byte> skipped = stackalloc byte[Chunk];
            while (Position < offset)
            {
                ReadNext(skipped[..(int)Math.Min(Chunk, offset - Position)]);
            }

            ReadNext(destination);
            if (Position == Entry.Size && stream.ReadByte() >= 0)
            {
                // The read past the end is the one that compares the sum.
                throw new ZipException($"the entry '{Entry.Name}' is longer than the archive says");
            }
        }

        public void Dispose() => stream.Dispose();

        private void ReadNext(Span<byte> bytes)
        {
            stream.ReadExactly(bytes);
            Position += bytes.Length;
        }
    }
}
