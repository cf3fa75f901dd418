using System.Numerics;

namespace Vmm.Devices.Serial;

/// <summary>A first-in first-out buffer of bytes with a fixed capacity. Not thread-safe: its owner's lock covers it.</summary>
internal sealed class ByteRing
{
    private readonly byte[] buffer;
    private readonly uint mask;
    private uint head; // free-running counts; their difference is the fill level
    private uint tail;

    /// <param name="capacity">In bytes, a power of two.</param>
    internal ByteRing(int capacity)
    {
        if (!BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "the capacity of a ring is a power of two");
        }

        buffer = new byte[capacity];
        mask = (uint)capacity - 1;
    }

    internal int Count => (int)(tail - head);

    internal int Free => buffer.Length - Count;

    /// <summary>Appends as many of <paramref name="bytes"/> as fit and returns how many that was.</summary>
    internal int Write(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Free);
        int at = (int)(tail & mask);
        int first = Math.Min(taken, buffer.Length - at);
        bytes[..first].CopyTo(buffer.AsSpan(at));
        bytes[first..taken].CopyTo(buffer);
        tail += (uint)taken;
        return taken;
    }

    /// <summary>Takes the oldest byte; the ring must not be empty.</summary>
    internal byte Take()
    {
        byte value = buffer[head & mask];
        head++;
        return value;
    }

    /// <summary>The oldest bytes that lie in one piece; empty when the ring is. Valid until they are dropped, whatever is written meanwhile.</summary>
    internal ReadOnlyMemory<byte> Peek()
    {
        int at = (int)(head & mask);
        return buffer.AsMemory(at, Math.Min(Count, buffer.Length - at));
    }

    /// <summary>Removes the <paramref name="count"/> oldest bytes; the ring must hold them.</summary>
    internal void Drop(int count) => head += (uint)count;
}
