namespace Virtio.Queues;

/// <summary>
/// Whether it is worth looking a moment longer for a driver's next buffer before it is told of the last ones. A driver that keeps many in flight
/// makes the next while we do the last; an interrupt and a notification for each few of them costs its CPU more than it gains. What a driver does is
/// found out by looking, as long as that works, and ever more seldom otherwise, so that one that waits for each buffer does not wait for this.
/// </summary>
/// <remarks>For one thread.</remarks>
public sealed class DriverPace
{
    private const int MaxMisses = 6;
    private const int SpinsBetweenLooks = 10;

    // Enough for a guest's CPU to make a request, found by trying on an emulated host. Where the driver's CPU and this thread share one there is nothing to gain.
    private static readonly int s_looks = Environment.ProcessorCount > 1 ? 128 : 0;

    private int _misses;
    private int _timesToPass;

    /// <summary>Whether it is not looked this time, since that has not been worth it of late: the driver is told at once.</summary>
    public bool Passes()
    {
        if (_timesToPass == 0)
        {
            return false;
        }

        _timesToPass--;
        return true;
    }

    /// <summary>Looks for a buffer.</summary>
    /// <param name="hasMore">The look.</param>
    /// <param name="state">Given to it.</param>
    /// <returns>True when there is one; false when there was none for a moment, or it was not looked for.</returns>
    public bool Awaits<TState>(Func<TState, bool> hasMore, TState state)
    {
        ArgumentNullException.ThrowIfNull(hasMore);
        if (Passes())
        {
            return false;
        }

        for (int look = 0; look < s_looks; look++)
        {
            if (hasMore(state))
            {
                _misses = 0;
                return true;
            }

            Thread.SpinWait(SpinsBetweenLooks);
        }

        _misses = Math.Min(_misses + 1, MaxMisses);
        _timesToPass = (1 << _misses) - 1;
        return false;
    }
}
