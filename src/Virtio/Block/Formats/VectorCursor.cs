using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>Goes through the bytes of a request's vectors, so that pieces of it can go to different places.</summary>
/// <param name="vectors">The request's vectors.</param>
internal ref struct VectorCursor(ReadOnlySpan<IoVector> vectors)
{
    /// <summary>The most vectors of one system call.</summary>
    public const int Batch = 64;

    private readonly ReadOnlySpan<IoVector> _vectors = vectors;
    private int _index;
    private nuint _done;

    /// <summary>Bytes that are left.</summary>
    public readonly ulong Remaining
    {
        get
        {
            ulong length = 0;
            for (int i = _index; i < _vectors.Length; i++)
            {
                length += _vectors[i].Length;
            }

            return length - _done;
        }
    }

    /// <summary>The next bytes, without going on.</summary>
    /// <param name="pieces">Takes the vectors, <see cref="Batch"/> of them at most.</param>
    /// <param name="length">The most bytes wanted.</param>
    /// <param name="bytes">The bytes that the pieces have.</param>
    /// <returns>The number of pieces.</returns>
    public readonly unsafe int Peek(Span<IoVector> pieces, ulong length, out ulong bytes)
    {
        int count = 0;
        bytes = 0;
        nuint skip = _done;
        for (int i = _index; i < _vectors.Length && count < pieces.Length && bytes < length; i++, skip = 0)
        {
            nuint size = (nuint)Math.Min(_vectors[i].Length - skip, length - bytes);
            if (size > 0)
            {
                // SAFETY: skip is less than the vector's length, and nothing is read through the pointer here.
                pieces[count++] = new IoVector(_vectors[i].Start + skip, size);
                bytes += size;
            }
        }

        return count;
    }

    /// <summary>Goes on.</summary>
    public void Advance(ulong bytes)
    {
        while (bytes > 0 && _index < _vectors.Length)
        {
            nuint step = (nuint)Math.Min(bytes, _vectors[_index].Length - _done);
            bytes -= step;
            _done += step;
            if (_done == _vectors[_index].Length)
            {
                _index++;
                _done = 0;
            }
        }
    }
}
