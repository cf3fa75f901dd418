namespace Vmm.Machine;

/// <summary>What a machine has to give back, in the reverse of the order it was taken.</summary>
internal sealed class OwnedResources : IDisposable
{
    private readonly Stack<IDisposable> _owned = new();

    /// <summary>Takes something over.</summary>
    public T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out IDisposable? resource))
        {
            resource.Dispose();
        }
    }
}
