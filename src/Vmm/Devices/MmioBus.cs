namespace Vmm.Devices;

/// <summary>Finds the device for a guest physical address. Immutable, so vCPU threads use it without a lock; made by <see cref="MmioBusBuilder"/>.</summary>
/// <remarks>
/// An access that no device answers, or that crosses the end of a device's range, reads as zero and stores nothing; crosvm answers the same.
/// </remarks>
public sealed class MmioBus
{
    private const long WarningIntervalSeconds = 1;

    private readonly ulong[] starts;
    private readonly ulong[] ends;
    private readonly IMmioDevice[] devices;
    private readonly TimeProvider time;
    private readonly Action<UnmappedAccess>? warn;
    private readonly long warningInterval;
    private long unmapped;
    private long warned;
    private long nextWarning;

    internal MmioBus(IReadOnlyList<MmioBusEntry> sorted, TimeProvider time, Action<UnmappedAccess>? warn)
    {
        starts = [.. sorted.Select(entry => entry.Range.Start)];
        ends = [.. sorted.Select(entry => entry.Range.End)];
        devices = [.. sorted.Select(entry => entry.Device)];
        this.time = time;
        this.warn = warn;
        warningInterval = WarningIntervalSeconds * time.TimestampFrequency;
        nextWarning = time.GetTimestamp();
    }

    /// <summary>How many accesses no device answered.</summary>
    public long UnmappedAccesses => Volatile.Read(ref unmapped);

    /// <summary>A guest load of <paramref name="data"/>.Length bytes, 1 to 8.</summary>
    /// <returns>False when no device answered; <paramref name="data"/> is zero then.</returns>
    public bool Read(ulong address, Span<byte> data)
    {
        if (Find(address, data.Length) is var index and >= 0)
        {
            devices[index].Read(address - starts[index], data);
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
            devices[index].Write(address - starts[index], data);
            return true;
        }

        CountUnmapped(address, data.Length, isWrite: true);
        return false;
    }

    // The last range that starts at or below the address, if the whole access lies in it; -1 otherwise.
    private int Find(ulong address, int length)
    {
        int index = starts.AsSpan().BinarySearch(address);
        index = index >= 0 ? index : ~index - 1;
        return index >= 0 && address < ends[index] && (ulong)length <= ends[index] - address ? index : -1;
    }

    private void CountUnmapped(ulong address, int width, bool isWrite)
    {
        long count = Interlocked.Increment(ref unmapped);
        if (warn is null)
        {
            return;
        }

        // Whoever moves the time of the next warning on gives this one.
        long due = Volatile.Read(ref nextWarning);
        long now = time.GetTimestamp();
        if (now - due >= 0 && Interlocked.CompareExchange(ref nextWarning, now + warningInterval, due) == due)
        {
            long before = Interlocked.Exchange(ref warned, count);
            warn(new UnmappedAccess(address, width, isWrite, count - before - 1));
        }
    }
}
