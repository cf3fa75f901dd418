using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Virtualization.Binder;

/// <summary>The arguments or results of a call: values, objects and descriptors one behind the other (libbinder's Parcel as Binder RPC sends it).</summary>
/// <remarks>
/// Everything is aligned to 4 bytes, little-endian. Reading past the end throws <see cref="BinderException"/> with
/// <see cref="StatusCode.NotEnoughData"/>. Not for several threads at once. Disposing returns the memory and closes the descriptors that nobody took.
/// </remarks>
public sealed partial class Parcel : IDisposable
{
    private const int Alignment = sizeof(int);
    private const int FirstCapacity = 256;

    private byte[] _buffer = [];

    /// <summary>Where the data begins in the buffer: a received message keeps its header in front of them.</summary>
    private int _start;
    private int _length;
    private int _position;

    /// <summary>Where reading ends: with the data, or with the parcelable that is being read.</summary>
    private int _limit;

    /// <summary>Where the next value is read or written, in bytes from the beginning.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Behind the end.</exception>
    public int Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _length);
            _position = value;
        }
    }

    /// <summary>Bytes of data.</summary>
    public int Length => _length;

    /// <summary>The data; objects in it have the form of Binder RPC, with addresses that a session fills in when it sends them.</summary>
    public ReadOnlySpan<byte> Data => _buffer.AsSpan(_start, _length);

    /// <summary>Bytes that can still be read, up to the end of the data or of the parcelable that is being read.</summary>
    public int Remaining => Math.Max(0, _limit - _position);

    /// <summary>Takes everything out, as if new.</summary>
    public void Clear()
    {
        ReleaseObjects();
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _length = _position = _limit = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>Room for a value at the position, which moves behind it and its padding; the padding is zero.</summary>
    private Span<byte> Put(int count)
    {
        int padded = Padded(count);
        int end = checked(_position + padded);
        if (_start + end > _buffer.Length)
        {
            Grow(_start + end);
        }

        Span<byte> room = _buffer.AsSpan(_start + _position, padded);
        room[count..].Clear();
        _position = end;
        if (end > _length)
        {
            _length = end;
            _limit = end;
        }

        return room[..count];
    }

    /// <summary>The value at the position, which moves behind it and its padding.</summary>
    private ReadOnlySpan<byte> Take(int count)
    {
        // The sum cannot overflow: both are at most the length of an array, and a padded count that would is refused first.
        if ((uint)count > int.MaxValue - Alignment || Padded(count) > _limit - _position)
        {
            ThrowEnd(count);
        }

        ReadOnlySpan<byte> value = _buffer.AsSpan(_start + _position, count);
        _position += Padded(count);
        return value;
    }

    /// <summary>The number of elements that follow, each of which takes at least so many bytes; -1 for null.</summary>
    private int TakeCount(int elementBytes)
    {
        int count = ReadInt32();
        if (count > Remaining / elementBytes)
        {
            ThrowEnd(count);
        }

        return count >= -1 ? count : throw new BinderException(StatusCode.BadValue, $"a count of {count} at byte {_position - sizeof(int)} of the parcel");
    }

    private int RequireCount(int elementBytes)
    {
        int count = TakeCount(elementBytes);
        return count >= 0 ? count : throw new BinderException(StatusCode.UnexpectedNull, $"null at byte {_position - sizeof(int)} of the parcel, where a list must be");
    }

    [DoesNotReturn]
    private void ThrowEnd(int count) =>
        throw new BinderException(
            StatusCode.NotEnoughData, $"the parcel ends at byte {_limit}: no room for what needs {(uint)count} bytes or elements at byte {_position}");

    private static int Padded(int count) => checked(count + Alignment - 1) & -Alignment;

    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstCapacity, Math.Max(needed, (int)Math.Min(int.MaxValue / 2, _buffer.Length * 2L))));
        _buffer.AsSpan(0, _start + _length).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
