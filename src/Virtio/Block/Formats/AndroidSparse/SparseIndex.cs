using System.Buffers.Binary;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.AndroidSparse;

/// <summary>Where each part of the disk lies in a sparse image, read once.</summary>
/// <remarks>
/// Nothing is allocated by what the header says: the index grows with the chunks that the file really has, of at least 12 bytes each. Sums are not
/// compared, as crosvm does not: that would read the whole image at every start.
/// </remarks>
internal sealed class SparseIndex
{
    private readonly SparseRun[] _runs;

    private SparseIndex(SparseRun[] runs, ulong size)
    {
        _runs = runs;
        Size = size;
    }

    /// <summary>The disk's size in bytes.</summary>
    public ulong Size { get; }

    /// <summary>Reads the header and all chunk headers.</summary>
    /// <exception cref="DiskFormatException">The file is no good sparse image.</exception>
    /// <exception cref="LinuxException">The file cannot be read.</exception>
    public static SparseIndex Read(FileDescriptor file)
    {
        Reader reader = new(file, ImageFile.Length(file));
        return reader.Read();
    }

    /// <summary>Finds the run that an offset lies in.</summary>
    /// <param name="offset">Less than <see cref="Size"/>.</param>
    /// <param name="end">Where the run ends in the disk.</param>
    public SparseRun Find(ulong offset, out ulong end)
    {
        int low = 0;
        int high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].Start <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        end = low + 1 < _runs.Length ? _runs[low + 1].Start : Size;
        return _runs[low];
    }

    private sealed class Reader(FileDescriptor file, ulong length)
    {
        private readonly List<SparseRun> _runs = [];
        private ulong _position;
        private ulong _blockSize;
        private ulong _block;

        public SparseIndex Read()
        {
            Span<byte> header = stackalloc byte[SparseFormat.HeaderSize];
            ReadBytes(header);
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
            Check(magic == SparseFormat.SPARSE_HEADER_MAGIC, $"is no Android sparse image: it begins with 0x{magic:x8}, not 0x{SparseFormat.SPARSE_HEADER_MAGIC:x8}");
            ushort major = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]);
            Check(major == SparseFormat.MajorVersion, $"is a sparse image of version {major}; only version {SparseFormat.MajorVersion} can be read");
            ushort headerSize = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
            Check(headerSize >= SparseFormat.HeaderSize, $"has a header of {headerSize} bytes, fewer than {SparseFormat.HeaderSize}");
            ushort chunkHeaderSize = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
            Check(chunkHeaderSize == SparseFormat.ChunkHeaderSize, $"has chunk headers of {chunkHeaderSize} bytes, not {SparseFormat.ChunkHeaderSize}");
            _blockSize = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
            Check(_blockSize > 0 && _blockSize % SparseFormat.WordSize == 0, $"has a block size of {_blockSize}, which is no multiple of {SparseFormat.WordSize}");
            uint blocks = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
            ulong size = blocks * _blockSize;
            Check(size > 0 && size % 512 == 0, $"has {size} bytes of content, which is not a number of whole sectors");
            uint chunks = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
            _position = headerSize;
            for (uint chunk = 0; chunk < chunks; chunk++)
            {
                ReadChunk(chunk, blocks);
            }

            Check(_block == blocks, $"has {blocks} blocks by its header and {_block} in its chunks");
            return new SparseIndex([.. _runs], size);
        }

        private void ReadChunk(uint number, uint blocks)
        {
            Span<byte> header = stackalloc byte[SparseFormat.ChunkHeaderSize];
            ReadBytes(header);
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(header);
            uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            ulong total = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            Check(count <= blocks - _block, $"has more blocks in its chunks, from chunk {number} on, than the {blocks} of its header");
            ulong body = type switch
            {
                SparseFormat.CHUNK_TYPE_RAW => count * _blockSize,
                SparseFormat.CHUNK_TYPE_FILL or SparseFormat.CHUNK_TYPE_CRC32 => SparseFormat.WordSize,
                SparseFormat.CHUNK_TYPE_DONT_CARE => 0,
                _ => throw new DiskFormatException(file.Name, $"has chunk {number} of unknown type 0x{type:x4}"),
            };
            Check(total == SparseFormat.ChunkHeaderSize + body, $"has chunk {number} of {total} bytes where its type and blocks make {SparseFormat.ChunkHeaderSize + body}");
            Check(body <= length - _position, $"is cut short: chunk {number} goes on behind the end of its {length} bytes");
            Check(type != SparseFormat.CHUNK_TYPE_CRC32 || count == 0, $"has {count} blocks in chunk {number}, which is a sum");
            ulong value = _position;
            if (type == SparseFormat.CHUNK_TYPE_FILL)
            {
                Span<byte> pattern = stackalloc byte[SparseFormat.WordSize];
                ReadBytes(pattern);
                value = BinaryPrimitives.ReadUInt32LittleEndian(pattern);
            }
            else
            {
                _position += body;
            }

            Add(new SparseRun(_block * _blockSize, type, value), count);
        }

        private void Add(SparseRun run, uint count)
        {
            _block += count;
            bool continues = run.IsZero && _runs.Count > 0 && _runs[^1].IsZero;
            if (count > 0 && !continues)
            {
                _runs.Add(run);
            }
        }

        private void ReadBytes(Span<byte> bytes)
        {
            Check((ulong)bytes.Length <= length && _position <= length - (ulong)bytes.Length, $"is cut short at {length} bytes");
            int error = FileTransfer.ReadAll(file, bytes, _position);
            if (error != 0)
            {
                throw new LinuxException("pread", file.Name, error);
            }

            _position += (ulong)bytes.Length;
        }

        private void Check(bool good, FormattableString fault)
        {
            if (!good)
            {
                throw new DiskFormatException(file.Name, FormattableString.Invariant(fault));
            }
        }
    }
}
