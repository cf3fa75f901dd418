using System.Security.Cryptography;
using Kvm.Interop.Native;

namespace Kvm.Interop.Memory;

/// <summary>
/// Memory for secrets: outside of the garbage collector's heap, so that no copies are left behind when objects move, never swapped, in no core dump,
/// not inherited by a fork, and wiped when it is disposed.
/// </summary>
public sealed unsafe class LockedMemory : IDisposable
{
    private readonly MemoryMapping _mapping;
    private readonly int _length;

    /// <param name="length">In bytes.</param>
    /// <exception cref="LinuxException">The kernel refused; ENOMEM or EPERM where the process may not lock so much (RLIMIT_MEMLOCK).</exception>
    public LockedMemory(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _length = length;
        ulong size = ((ulong)length + Libc.PageSize - 1) / Libc.PageSize * Libc.PageSize;
        _mapping = MemoryMapping.MapAnonymous(size, MappingOptions.DontDump | MappingOptions.DontFork);
        try
        {
            Libc.Check(Libc.mlock((nint)_mapping.Pointer, (nuint)size), "mlock", $"{size} bytes");
        }
        catch
        {
            _mapping.Dispose();
            throw;
        }
    }

    /// <summary>The bytes. The span must not be used after the disposal.</summary>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_mapping.IsClosed, this);
            return new Span<byte>(_mapping.Pointer, _length);
        }
    }

    /// <summary>Wipes the bytes and gives the memory back.</summary>
    public void Dispose()
    {
        if (!_mapping.IsClosed)
        {
            CryptographicOperations.ZeroMemory(Span);
            _mapping.Dispose();
        }
    }
}
