using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.AndroidSparse;

/// <summary>A file in memory that repeats four bytes, read to fill a request with them: guest memory is written by the kernel alone.</summary>
internal sealed class PatternFile : IDisposable
{
    private const int Size = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly MemFd _file = MemFd.Create("fill", Size);
    private readonly byte[] _buffer = new byte[Size];
    private uint _pattern;

    /// <summary>Fills the next bytes of a request.</summary>
    /// <param name="cursor">The request.</param>
    /// <param name="pattern">The four bytes, little-endian.</param>
    /// <param name="phase">Which of them comes first.</param>
    /// <param name="length">Bytes to fill.</param>
    /// <returns>0 or an errno.</returns>
    public int Read(ref VectorCursor cursor, uint pattern, uint phase, ulong length)
    {
        lock (_lock)
        {
            int error = pattern == _pattern ? 0 : Fill(pattern);
            while (length > 0 && error == 0)
            {
                ulong step = Math.Min(length, Size - phase);
                error = FileIo.Read(_file, ref cursor, phase, step);
                length -= step;
                phase = (uint)((phase + step) % SparseFormat.WordSize);
            }

            return error;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private int Fill(uint pattern)
    {
        MemoryMarshal.Cast<byte, uint>(_buffer.AsSpan()).Fill(BitConverter.IsLittleEndian ? pattern : BinaryPrimitives.ReverseEndianness(pattern));
        int error = FileTransfer.WriteAll(_file, _buffer, 0);
        _pattern = error == 0 ? pattern : 0;
        return error;
    }
}
