namespace Virtio.Block.Formats.Qcow2;

/// <summary>The tables of one kind that were used last, in the file's byte order. Its size is fixed, whatever the size of the image.</summary>
/// <param name="capacity">The most tables.</param>
/// <param name="tableSize">Bytes of a table.</param>
internal sealed class Qcow2TableCache(int capacity, int tableSize)
{
    private readonly Slot[] _slots = new Slot[capacity];
    private readonly Dictionary<ulong, int> _index = new(capacity);
    private long _clock;

    /// <summary>Tables that the file does not have so.</summary>
    public int DirtyCount { get; private set; }

    /// <summary>How many tables fit into so many bytes.</summary>
    public static int CapacityFor(int bytes, int tableSize) => Math.Clamp(bytes / tableSize, 4, 1024);

    /// <summary>Finds a table by its place in the file.</summary>
    public bool TryFind(ulong offset, out byte[] table)
    {
        if (_index.TryGetValue(offset, out int slot))
        {
            _slots[slot].Used = ++_clock;
            table = _slots[slot].Table!;
            return true;
        }

        table = [];
        return false;
    }

    /// <summary>Takes the table that was not used for longest, and is not dirty, out of the cache.</summary>
    /// <param name="slot">Its slot, for <see cref="Put"/>.</param>
    /// <param name="table">Its bytes, to be filled.</param>
    /// <returns>False where all tables are dirty.</returns>
    public bool TryTake(out int slot, out byte[] table)
    {
        slot = -1;
        for (int i = 0; i < _slots.Length; i++)
        {
            if (!_slots[i].Dirty && (slot < 0 || _slots[i].Used < _slots[slot].Used))
            {
                slot = i;
            }
        }

        if (slot < 0)
        {
            table = [];
            return false;
        }

        ref Slot taken = ref _slots[slot];
        if (taken.Used != 0)
        {
            _index.Remove(taken.Offset);
        }

        taken.Used = 0;
        table = taken.Table ??= new byte[tableSize];
        return true;
    }

    /// <summary>Puts a filled table in.</summary>
    public void Put(int slot, ulong offset)
    {
        _slots[slot].Offset = offset;
        _slots[slot].Used = ++_clock;
        _index[offset] = slot;
    }

    /// <summary>A table in the cache was changed.</summary>
    public void MarkDirty(ulong offset)
    {
        ref Slot slot = ref _slots[_index[offset]];
        DirtyCount += slot.Dirty ? 0 : 1;
        slot.Dirty = true;
    }

    /// <summary>Forgets a table whose place in the file is free.</summary>
    public void Drop(ulong offset)
    {
        if (_index.Remove(offset, out int slot))
        {
            DirtyCount -= _slots[slot].Dirty ? 1 : 0;
            _slots[slot].Dirty = false;
            _slots[slot].Used = 0;
        }
    }

    /// <summary>Writes all dirty tables.</summary>
    /// <returns>0 or an errno; what was not written stays dirty.</returns>
    public int WriteDirty(Qcow2Image image)
    {
        for (int i = 0; i < _slots.Length && DirtyCount > 0; i++)
        {
            if (_slots[i].Dirty)
            {
                int error = image.Write(_slots[i].Table, _slots[i].Offset);
                if (error != 0)
                {
                    return error;
                }

                _slots[i].Dirty = false;
                DirtyCount--;
            }
        }

        return 0;
    }

    private struct Slot
    {
        public byte[]? Table;
        public ulong Offset;
        public long Used;
        public bool Dirty;
    }
}
