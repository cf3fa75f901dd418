namespace Vmm.Configuration;

/// <summary>A range of guest physical addresses, in bytes.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">The number of bytes.</param>
public readonly record struct AddressRange(ulong Start, ulong Size)
{
    /// <summary>The first address after the range.</summary>
    public ulong End => Start + Size;

    /// <summary>Whether the two ranges share a byte.</summary>
    public bool Overlaps(AddressRange other) => Start < other.End && other.Start < End;

    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="address"/> lie inside, without overflow.</summary>
    public bool Contains(ulong address, ulong length) => address >= Start && address - Start <= Size && length <= Size - (address - Start);

    /// <inheritdoc/>
    public override string ToString() => $"0x{Start:x}-0x{(Size == 0 ? Start : End - 1):x}";
}
