using System.Buffers.Binary;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;
using Virtio.Queues;

namespace Virtio.Vsock;

/// <summary>Bytes of one connection that the guest has sent and the host program has not yet room for: a ring of fixed size.</summary>
/// <remarks>
/// A connection of messages keeps its messages each behind a length of four bytes. The guest's credit bounds the payload, and a message has at least
/// one byte, so <see cref="MessageFactor"/> times the credit is room for any messages the credit allows.
/// </remarks>
internal sealed unsafe class VsockBacklog : IDisposable
{
    /// <summary>How much larger the ring of a connection of messages is than its credit.</summary>
    internal const int MessageFactor = 1 + PrefixSize;

    private const int PrefixSize = sizeof(uint);
    private readonly MemoryMapping _mapping;
    private uint _start;
    private uint _used;
    private uint _open;
    private bool _isOpen;

    /// <param name="capacity">In bytes, a multiple of the page size; a page takes memory when it is first used.</param>
    internal VsockBacklog(uint capacity) => _mapping = MemoryMapping.MapAnonymous(capacity, MappingOptions.DontDump);

    internal uint Capacity => (uint)_mapping.Size;

    /// <summary>Nothing is held, not even a message that has begun.</summary>
    internal bool IsEmpty => _used == 0;

    /// <summary>A message has begun and waits for its end.</summary>
    internal bool HasOpenMessage => _isOpen;

    /// <summary>There is a message that is complete.</summary>
    internal bool HasMessage => _used > (_isOpen ? _open + PrefixSize : 0);

    public void Dispose() => _mapping.Dispose();

    internal void Clear()
    {
        _start = 0;
        _used = 0;
        _open = 0;
        _isOpen = false;
    }

    /// <summary>Copies bytes of a chain's readable part behind what is held; the caller has checked that they fit.</summary>
    /// <returns>False where a page of it is private to the guest; nothing was taken then.</returns>
    internal bool Append(DescriptorChain chain, uint offset, uint length)
    {
        uint place = Place(_used);
        uint first = Math.Min(length, Capacity - place);
        // SAFETY: both runs lie in the ring: the first ends with it at the latest, the second begins at its start and has what remains.
        if (!chain.TryRead(offset, new Span<byte>(_mapping.Pointer + place, (int)first))
            || !chain.TryRead(offset + first, new Span<byte>(_mapping.Pointer, (int)(length - first))))
        {
            return false;
        }

        _used += length;
        return true;
    }

    /// <summary>Copies a part of a message.</summary>
    /// <returns>As <see cref="Append"/>.</returns>
    internal bool AppendMessagePart(DescriptorChain chain, uint offset, uint length, bool isLast)
    {
        if (!_isOpen)
        {
            _isOpen = true;
            _open = 0;
            _used += PrefixSize;
        }

        if (!Append(chain, offset, length))
        {
            return false;
        }

        _open += length;
        if (isLast)
        {
            Span<byte> prefix = stackalloc byte[PrefixSize];
            BinaryPrimitives.WriteUInt32LittleEndian(prefix, _open);
            uint place = Place(_used - _open - PrefixSize);
            for (uint i = 0; i < PrefixSize; i++)
            {
                _mapping.Pointer[(place + i) % Capacity] = prefix[(int)i];
            }

            _isOpen = false;
            _open = 0;
        }

        return true;
    }

    /// <summary>The bytes that are held, in order.</summary>
    /// <param name="pieces">Takes two pieces at most.</param>
    internal int GetBytes(Span<IoVector> pieces) => Get(0, _used, pieces);

    /// <summary>The first message.</summary>
    /// <param name="pieces">Takes two pieces at most.</param>
    /// <param name="length">Its length in bytes.</param>
    internal int GetMessage(Span<IoVector> pieces, out uint length)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        for (uint i = 0; i < PrefixSize; i++)
        {
            prefix[(int)i] = _mapping.Pointer[Place(i)];
        }

        length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        return Get(PrefixSize, length, pieces);
    }

    /// <summary>Forgets the first bytes.</summary>
    internal void Remove(uint length)
    {
        _start = Place(length);
        _used -= length;
        if (_used == 0)
        {
            _start = 0; // the pages that were used already are used again
        }
    }

    /// <summary>Forgets the first message.</summary>
    internal void RemoveMessage(uint length) => Remove(PrefixSize + length);

    private int Get(uint offset, uint length, Span<IoVector> pieces)
    {
        uint place = Place(offset);
        uint first = Math.Min(length, Capacity - place);
        pieces[0] = new IoVector(_mapping.Pointer + place, first);
        pieces[1] = new IoVector(_mapping.Pointer, length - first);
        return first == length ? 1 : 2;
    }

    private uint Place(uint offset) => (_start + offset) % Capacity;
}
