using System.Numerics;

namespace Vmm.Devices.Serial;

/// <summary>A first-in first-out buffer of bytes with a fixed capacity. Not thread-safe: its owner's lock covers it.</summary>
internal sealed class ByteRing
{
    private readonly byte[] _buffer;
    private readonly uint _mask;
    private uint _head; // free-running counts; their difference is the fill level
    private uint _tail;

    /// <param name="capacity">In bytes, a power of two.</param>
    internal ByteRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "the capacity of a ring is a power of two");
        }

        _buffer = new byte[capacity];
        _mask = (uint)capacity - 1;
    }

    internal int Count => (int)(_tail - _head);

    internal int Free => _buffer.Length - Count;

    /// <summary>Appends as many of <paramref name="bytes"/> as fit and returns how many that was.</summary>
    internal int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Free);
        int at = (int)(_tail & _mask);
        int first = Math.Min(taken, _buffer.Length - at);
        bytes[..first].CopyTo(_buffer.AsSpan(at));
        bytes[first..taken].CopyTo(_buffer);
        _tail += (uint)taken;
        return taken;
    }

    /// <summary>Takes the oldest byte; the ring must not be empty.</summary>
    internal byte Take()
    {
        byte value = _buffer[_head & _mask];
        _head++;
        return value;
    }

    /// <summary>The oldest bytes that lie in one piece; empty when the ring is. Valid until they are dropped, whatever is written meanwhile.</summary>
    internal ReadOnlyMemory<byte> Peek()
    {
        int at = (int)(_head & _mask);
        return _buffer.AsMemory(at, Math.Min(Count, _buffer.Length - at));
    }

    /// <summary>Removes the <paramref name="count"/> oldest bytes; the ring must hold them.</summary>
    internal void Drop(int count) => _head += (uint)count;
}
