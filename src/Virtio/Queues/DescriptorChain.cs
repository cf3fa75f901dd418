using Kvm.Interop.Files;
using Kvm.Interop.Memory;

namespace Virtio.Queues;

/// <summary>
/// One buffer that the driver made available: pieces of guest memory that the device reads, then pieces that it writes. Copied and checked once;
/// only the bytes behind it can still change.
/// </summary>
/// <remarks>
/// It belongs to its queue, which lends it from <see cref="Virtqueue.TryPop"/> to <see cref="Virtqueue.Push"/> and then uses it for another
/// buffer. Offsets count from the first byte of the readable, or of the writable, part.
/// </remarks>
public sealed unsafe class DescriptorChain
{
    private readonly GuestAccess _access;
    private Segment[] _segments = new Segment[8];
    private int _count;

    internal DescriptorChain(GuestAccess access) => _access = access;

    /// <summary>The number by which driver and device speak of the buffer: the head's index, or the buffer ID of a packed queue.</summary>
    public ushort Id { get; internal set; }

    /// <summary>The number of pieces that the device reads.</summary>
    public int ReadableCount { get; private set; }

    /// <summary>The number of pieces that the device writes.</summary>
    public int WritableCount => _count - ReadableCount;

    /// <summary>Bytes that the device reads.</summary>
    public uint ReadableLength { get; private set; }

    /// <summary>Bytes that the device writes.</summary>
    public uint WritableLength { get; private set; }

    /// <summary>How many descriptors of the ring it takes.</summary>
    internal int RingDescriptors { get; set; }

    /// <summary>Whether the device holds it.</summary>
    internal bool IsLent { get; set; }

    /// <summary>Copies out of the readable part.</summary>
    /// <returns>False where the part is shorter, or a page of it is private to the guest.</returns>
    public bool TryRead(uint offset, Span<byte> destination)
    {
        if (offset > ReadableLength || (uint)destination.Length > ReadableLength - offset)
        {
            return false;
        }

        for (int i = 0; !destination.IsEmpty; i++)
        {
            ref readonly Segment segment = ref _segments[i];
            if (offset >= segment.Length)
            {
                offset -= segment.Length;
                continue;
            }

            int run = (int)Math.Min((uint)destination.Length, segment.Length - offset);
            if (!_access.IsProtected)
            {
                // SAFETY: the segment was checked to lie in guest memory, and the run lies in the segment.
                new ReadOnlySpan<byte>(segment.Host + offset, run).CopyTo(destination);
            }
            else if (!_access.TryRead(segment.Address + offset, destination[..run]))
            {
                return false;
            }

            destination = destination[run..];
            offset = 0;
        }

        return true;
    }

    /// <summary>Copies into the writable part.</summary>
    /// <returns>False where the part is shorter, or a page of it is private to the guest.</returns>
    public bool TryWrite(uint offset, ReadOnlySpan<byte> source)
    {
        if (offset > WritableLength || (uint)source.Length > WritableLength - offset)
        {
            return false;
        }

        for (int i = ReadableCount; !source.IsEmpty; i++)
        {
            ref readonly Segment segment = ref _segments[i];
            if (offset >= segment.Length)
            {
                offset -= segment.Length;
                continue;
            }

            int run = (int)Math.Min((uint)source.Length, segment.Length - offset);
            if (!_access.IsProtected)
            {
                // SAFETY: as in TryRead.
                source[..run].CopyTo(new Span<byte>(segment.Host + offset, run));
            }
            else if (!_access.TryWrite(segment.Address + offset, source[..run]))
            {
                return false;
            }

            source = source[run..];
            offset = 0;
        }

        return true;
    }

    /// <summary>Copies a value, little-endian, out of the readable part.</summary>
    public bool TryRead<T>(uint offset, out T value)
        where T : unmanaged
    {
        T copy = default;
        bool complete = TryRead(offset, new Span<byte>(&copy, sizeof(T)));
        value = complete ? copy : default;
        return complete;
    }

    /// <summary>Copies a value, little-endian, into the writable part.</summary>
    public bool TryWrite<T>(uint offset, T value)
        where T : unmanaged => TryWrite(offset, new ReadOnlySpan<byte>(&value, sizeof(T)));

    /// <summary>The pieces of the readable part for a system call. On a protected guest only for calls that copy and do not pin.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="length">How many bytes; fewer where the part ends or the vectors run out.</param>
    /// <param name="vectors">Takes the pieces.</param>
    /// <returns>The number of pieces.</returns>
    public int GetReadable(uint offset, uint length, Span<IoVector> vectors) => Get(0, ReadableCount, offset, length, vectors);

    /// <summary>The pieces of the writable part for a system call. On a protected guest only for calls that copy and do not pin.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="length">How many bytes; fewer where the part ends or the vectors run out.</param>
    /// <param name="vectors">Takes the pieces.</param>
    /// <returns>The number of pieces.</returns>
    public int GetWritable(uint offset, uint length, Span<IoVector> vectors) => Get(ReadableCount, _count, offset, length, vectors);

    /// <summary>Where in the guest's memory a piece of the writable part lies, for a device to which the place is the message.</summary>
    /// <param name="index">From 0, less than <see cref="WritableCount"/>.</param>
    public GuestRange WritableRange(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, WritableCount);
        ref readonly Segment segment = ref _segments[ReadableCount + index];
        return new GuestRange(segment.Address, segment.Length);
    }

    internal void Clear()
    {
        _count = 0;
        ReadableCount = 0;
        ReadableLength = 0;
        WritableLength = 0;
        RingDescriptors = 0;
    }

    /// <summary>Appends a piece.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    internal string? Append(GuestAddress address, uint length, bool writable)
    {
        if (!writable && WritableLength > 0)
        {
            return "a chain has a descriptor to be read after one to be written";
        }

        if (length == 0)
        {
            return null;
        }

        if (length > uint.MaxValue - ReadableLength - WritableLength)
        {
            return "a chain is longer than 4 GiB";
        }

        if (_count == Virtqueue.MaxSegments)
        {
            return "a chain has too many descriptors";
        }

        if (!_access.TryGetPointer(address, length, out byte* host))
        {
            return "a descriptor lies outside guest memory";
        }

        if (_count == _segments.Length)
        {
            Array.Resize(ref _segments, _count * 2);
        }

        _segments[_count++] = new Segment(host, address, length);
        if (writable)
        {
            WritableLength += length;
        }
        else
        {
            ReadableLength += length;
            ReadableCount++;
        }

        return null;
    }

    private int Get(int first, int end, uint offset, uint length, Span<IoVector> vectors)
    {
        int filled = 0;
        for (int i = first; i < end && length > 0 && filled < vectors.Length; i++)
        {
            ref readonly Segment segment = ref _segments[i];
            if (offset >= segment.Length)
            {
                offset -= segment.Length;
                continue;
            }

            uint run = Math.Min(length, segment.Length - offset);
            vectors[filled++] = new IoVector(segment.Host + offset, run);
            length -= run;
            offset = 0;
        }

        return filled;
    }

    private readonly struct Segment(byte* host, GuestAddress address, uint length)
    {
        internal readonly byte* Host = host;
        internal readonly GuestAddress Address = address;
        internal readonly uint Length = length;
    }
}
