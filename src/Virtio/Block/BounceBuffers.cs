using System.Runtime.InteropServices;

namespace Virtio.Block;

/// <summary>A fixed number of aligned buffers for O_DIRECT where a guest's own are not aligned or may not be pinned. For one thread.</summary>
internal sealed unsafe class BounceBuffers : IDisposable
{
    /// <summary>Bytes of each buffer.</summary>
    internal const uint Size = 128 * 1024;

    private const int Count = 32;
    private const uint Alignment = 4096;

    private readonly nint[] _free = new nint[Count];
    private int _made;
    private int _freeCount;

    /// <summary>Whether <see cref="Take"/> would give one.</summary>
    internal bool HasFree => _freeCount > 0 || _made < Count;

    /// <summary>Takes a buffer; null when all are in use.</summary>
    internal byte* Take()
    {
        if (_freeCount > 0)
        {
            return (byte*)_free[--_freeCount];
        }

        if (_made == Count)
        {
            return null;
        }

        _made++;
        return (byte*)NativeMemory.AlignedAlloc(Size, Alignment);
    }

    /// <summary>Gives a buffer back.</summary>
    internal void Return(byte* buffer) => _free[_freeCount++] = (nint)buffer;

    /// <summary>Frees the buffers; all were given back.</summary>
    public void Dispose()
    {
        while (_freeCount > 0)
        {
            NativeMemory.AlignedFree((void*)_free[--_freeCount]);
        }
    }
}
