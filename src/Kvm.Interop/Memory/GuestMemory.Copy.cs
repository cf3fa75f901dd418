using System.Runtime.CompilerServices;

namespace Kvm.Interop.Memory;

/// <content>Copies in and out, which may cross from one region into the adjacent one.</content>
public sealed unsafe partial class GuestMemory
{
    /// <summary>Copies a value out of guest memory, as its bytes lie there (little-endian on every host this runs on).</summary>
    /// <returns>False, with a default value, where there is not memory for all of it.</returns>
    public bool TryRead<T>(GuestAddress address, out T value)
        where T : unmanaged
    {
        if (TryGetPointer(address, (ulong)sizeof(T), out byte* pointer))
        {
            // SAFETY: the value's bytes lie in one region; the address need not be aligned. .NET never turns one read into two.
            value = Unsafe.ReadUnaligned<T>(pointer);
            return true;
        }

        T copy = default;
        bool complete = TryRead(address, new Span<byte>(&copy, sizeof(T)));
        value = complete ? copy : default;
        return complete;
    }

    /// <summary>Copies a value out of guest memory.</summary>
    /// <exception cref="GuestAccessException">There is not memory for all of it.</exception>
    public T Read<T>(GuestAddress address)
        where T : unmanaged
    {
        if (!TryRead(address, out T value))
        {
            Throw(address, (ulong)sizeof(T));
        }

        return value;
    }

    /// <summary>Copies a value into guest memory; nothing is written where there is not memory for all of it.</summary>
    public bool TryWrite<T>(GuestAddress address, T value)
        where T : unmanaged
    {
        if (TryGetPointer(address, (ulong)sizeof(T), out byte* pointer))
        {
            // SAFETY: the value's bytes lie in one region; the address need not be aligned.
            Unsafe.WriteUnaligned(pointer, value);
            return true;
        }

        return TryWrite(address, new ReadOnlySpan<byte>(&value, sizeof(T)));
    }

    /// <summary>Copies a value into guest memory.</summary>
    /// <exception cref="GuestAccessException">There is not memory for all of it; nothing was written.</exception>
    public void Write<T>(GuestAddress address, T value)
        where T : unmanaged
    {
        if (!TryWrite(address, value))
        {
            Throw(address, (ulong)sizeof(T));
        }
    }

    /// <summary>Copies bytes out of guest memory; the destination is unchanged where there is not memory for all of them.</summary>
    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (!CoversAll(address, (ulong)destination.Length))
        {
            return false;
        }

        while (!destination.IsEmpty)
        {
            int run = (int)GetRun(address, (ulong)destination.Length, out byte* pointer);
            new ReadOnlySpan<byte>(pointer, run).CopyTo(destination);
            destination = destination[run..];
            address = new GuestAddress(unchecked(address.Value + (ulong)run));
        }

        return true;
    }

    /// <summary>Copies bytes out of guest memory.</summary>
    /// <exception cref="GuestAccessException">There is not memory for all of them.</exception>
    public void Read(GuestAddress address, Span<byte> destination)
    {
        if (!TryRead(address, destination))
        {
            Throw(address, (ulong)destination.Length);
        }
    }

    /// <summary>Copies bytes into guest memory; nothing is written where there is not memory for all of them.</summary>
    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!CoversAll(address, (ulong)source.Length))
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            int run = (int)GetRun(address, (ulong)source.Length, out byte* pointer);
            source[..run].CopyTo(new Span<byte>(pointer, run));
            source = source[run..];
            address = new GuestAddress(unchecked(address.Value + (ulong)run));
        }

        return true;
    }

    /// <summary>Copies bytes into guest memory.</summary>
    /// <exception cref="GuestAccessException">There is not memory for all of them; nothing was written.</exception>
    public void Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!TryWrite(address, source))
        {
            Throw(address, (ulong)source.Length);
        }
    }

    /// <summary>Sets bytes of guest memory to one value.</summary>
    /// <exception cref="GuestAccessException">There is not memory for all of them; nothing was written.</exception>
    public void Fill(GuestAddress address, ulong length, byte value)
    {
        if (!CoversAll(address, length))
        {
            Throw(address, length);
        }

        while (length > 0)
        {
            int run = (int)Math.Min(GetRun(address, length, out byte* pointer), int.MaxValue);
            new Span<byte>(pointer, run).Fill(value);
            length -= (ulong)run;
            address = new GuestAddress(unchecked(address.Value + (ulong)run));
        }
    }
}
