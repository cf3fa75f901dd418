using System.Runtime.CompilerServices;
using Internal.Runtime.CompilerHelpers;

namespace System;

/// <summary>Memory with bounds. Nothing ever moves here, so an address stays good.</summary>
public readonly ref struct Span<T>
{
    internal readonly ref T Start;
    private readonly int _length;

    public unsafe Span(void* pointer, int length)
    {
        if (length < 0)
        {
            ThrowHelpers.ThrowIndexOutOfRangeException();
        }

        Start = ref *(T*)pointer;
        _length = length;
    }

    public Span(ref T reference)
    {
        Start = ref reference;
        _length = 1;
    }

    internal Span(ref T reference, int length)
    {
        Start = ref reference;
        _length = length;
    }

    public static Span<T> Empty => default;

    public int Length => _length;

    public bool IsEmpty => _length == 0;

    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)_length)
            {
                ThrowHelpers.ThrowIndexOutOfRangeException();
            }

            return ref Unsafe.Add(ref Start, (nint)(uint)index);
        }
    }

    public static implicit operator ReadOnlySpan<T>(Span<T> span) => new(ref span.Start, span._length);

    public Span<T> Slice(int start)
    {
        if ((uint)start > (uint)_length)
        {
            ThrowHelpers.ThrowIndexOutOfRangeException();
        }

        return new Span<T>(ref Unsafe.Add(ref Start, (nint)(uint)start), _length - start);
    }

    public Span<T> Slice(int start, int length)
    {
        if ((ulong)(uint)start + (uint)length > (uint)_length)
        {
            ThrowHelpers.ThrowIndexOutOfRangeException();
        }

        return new Span<T>(ref Unsafe.Add(ref Start, (nint)(uint)start), length);
    }

    public unsafe void Clear() => SpanHelpers.ClearWithoutReferences(ref Unsafe.As<T, byte>(ref Start), (nuint)(uint)_length * (nuint)sizeof(T));

    public void Fill(T value)
    {
        for (int index = 0; index < _length; index++)
        {
            this[index] = value;
        }
    }

    public void CopyTo(Span<T> destination)
    {
        if (!TryCopyTo(destination))
        {
            ThrowHelpers.ThrowArgumentOutOfRangeException();
        }
    }

    public bool TryCopyTo(Span<T> destination) => ((ReadOnlySpan<T>)this).TryCopyTo(destination);

    public ref T GetPinnableReference() => ref Start;

    public Enumerator GetEnumerator() => new(this);

    public ref struct Enumerator
    {
        private readonly Span<T> _span;
        private int _index;

        internal Enumerator(Span<T> span)
        {
            _span = span;
            _index = -1;
        }

        public readonly ref T Current => ref _span[_index];

        public bool MoveNext() => ++_index < _span._length;
    }
}
