using System.Collections.Concurrent;

namespace Shared;

/// <summary>Hands values from another thread to the test, which does not wait for ever.</summary>
internal sealed class BlockingQueue<T> : IDisposable
{
    private readonly BlockingCollection<T> _values = [];

    public void Dispose() => _values.Dispose();

    internal void Add(T value) => _values.Add(value);

    internal T Take(TimeSpan patience) =>
        _values.TryTake(out T? value, patience) ? value : throw new TimeoutException($"nothing came within {patience}");
}
