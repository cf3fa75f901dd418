using System.Diagnostics.CodeAnalysis;

namespace Virtio.Block;

/// <summary>A row whose links are in its items, first in, first out: nothing is allocated.</summary>
internal sealed class LinkedRow<T>
    where T : class, ILinked<T>
{
    private T? _first;
    private T? _last;

    internal bool IsEmpty => _first is null;

    internal void Add(T item)
    {
        item.Next = null;
        if (_last is null)
        {
            _first = item;
        }
        else
        {
            _last.Next = item;
        }

        _last = item;
    }

    internal bool TryTake([NotNullWhen(true)] out T? item)
    {
        item = _first;
        if (item is null)
        {
            return false;
        }

        _first = item.Next;
        if (_first is null)
        {
            _last = null;
        }

        item.Next = null;
        return true;
    }
}
