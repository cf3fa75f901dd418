namespace Vmm.Devices;

/// <summary>Finds the device for a guest physical address. Immutable, so vCPU threads use it without a lock; made by <see cref="MmioBusBuilder"/>.</summary>
/// <remarks>
/// An access that no device answers, or that crosses the end of a device's range, reads as zero and stores nothing; crosvm answers the same.
/// </remarks>
public sealed class MmioBus
{
    private const long WarningIntervalSeconds = 1;

    private readonly ulong[] _starts;
    private readonly ulong[] _ends;
    private readonly IMmioDevice[] _devices;
    private readonly TimeProvider _time;
    private readonly Action<UnmappedAccess>? _warn;
    private readonly long _warningInterval;
    private long _unmapped;
    private long _warned;
    private long _nextWarning;

    internal MmioBus(IReadOnlyList<MmioBusEntry> sorted, TimeProvider time, Action<UnmappedAccess>? warn)
    {
        _starts = new ulong[sorted.Count];
        _ends = new ulong[sorted.Count];
        _devices = new IMmioDevice[sorted.Count];
        for (int i = 0; i < sorted.Count; i++)
        {
            _starts[i] = sorted[i].Range.Start;
            _ends[i] = sorted[i].Range.End;
            _devices[i] = sorted[i].Device;
        }

        _time = time;
        _warn = warn;
        _warningInterval = WarningIntervalSeconds * time.TimestampFrequency;
        _nextWarning = time.GetTimestamp();
    }

    /// <summary>How many accesses no device answered.</summary>
    public long UnmappedAccesses => Volatile.Read(ref _unmapped);

    /// <summary>A guest load of <paramref name="data"/>.Length bytes, 1 to 8.</summary>
    /// <returns>False when no device answered; <paramref name="data"/> is zero then.</returns>
    public bool Read(ulong address, Span<byte> data)
    {
        if (Find(address, data.Length) is var index and >= 0)
        {
            _devices[index].Read(address - _starts[index], data);
            return true;
        }

        data.Clear();
        CountUnmapped(address, data.Length, isWrite: false);
        return false;
    }

    /// <summary>A guest store of <paramref name="data"/>.Length bytes, 1 to 8.</summary>
    /// <returns>False when no device answered.</returns>
    public bool Write(ulong address, ReadOnlySpan<byte> data)
    {
        if (Find(address, data.Length) is var index and >= 0)
        {
            _devices[index].Write(address - _starts[index], data);
            return true;
        }

        CountUnmapped(address, data.Length, isWrite: true);
        return false;
    }

    // The last range that starts at or below the address, if the whole access lies in it; -1 otherwise.
    private int Find(ulong address, int length)
    {
        int index = _starts.AsSpan().BinarySearch(address);
        index = index >= 0 ? index : ~index - 1;
        return index >= 0 && address < _ends[index] && (ulong)length <= _ends[index] - address ? index : -1;
    }

    private void CountUnmapped(ulong address, int width, bool isWrite)
    {
        long count = Interlocked.Increment(ref _unmapped);
        if (_warn is null)
        {
            return;
        }

        // Whoever moves the time of the next warning on gives this one.
        long due = Volatile.Read(ref _nextWarning);
        long now = _time.GetTimestamp();
        if (now - due >= 0 && Interlocked.CompareExchange(ref _nextWarning, now + _warningInterval, due) == due)
        {
            long before = Interlocked.Exchange(ref _warned, count);
            _warn(new UnmappedAccess(address, width, isWrite, count - before - 1));
        }
    }
}
