using Vmm.Configuration;

namespace Vmm.Devices;

/// <summary>Collects the devices of a machine; <see cref="Build"/> makes the bus that the vCPU threads use.</summary>
public sealed class MmioBusBuilder
{
    private readonly List<MmioBusEntry> _entries = [];

    /// <summary>Places a device.</summary>
    /// <param name="name">The device, for error messages.</param>
    /// <param name="range">Where; not empty and not past the end of the address space.</param>
    /// <param name="device">The device; it sees offsets from the start of <paramref name="range"/>.</param>
    /// <exception cref="ArgumentException">The range is empty, wraps, or overlaps another device's, which the message names.</exception>
    public void Add(string name, AddressRange range, IMmioDevice device)
    {
        if (range.Size == 0 || range.End <= range.Start)
        {
            throw new ArgumentException($"{name} cannot be placed at 0x{range.Start:x} with 0x{range.Size:x} bytes: the range is empty or wraps");
        }

        int index = 0;
        while (index < _entries.Count && _entries[index].Range.Start < range.Start)
        {
            index++;
        }

        foreach (MmioBusEntry other in _entries)
        {
            if (other.Range.Overlaps(range))
            {
                throw new ArgumentException($"{name} at {range} overlaps {other.Name} at {other.Range}");
            }
        }

        _entries.Insert(index, new MmioBusEntry(name, range, device));
    }

    /// <summary>Makes the bus.</summary>
    /// <param name="warn">Told of an access that no device answers, at most once a second.</param>
    /// <param name="time">The clock of that limit; null: the system's.</param>
    public MmioBus Build(Action<UnmappedAccess>? warn = null, TimeProvider? time = null) =>
        new([.. _entries], time ?? TimeProvider.System, warn);
}
