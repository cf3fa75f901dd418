using BootLoader.Blocks;

namespace BootLoader.Tests;

/// <summary>A disk in memory. It counts what is read, and can change or fail between two reads.</summary>
internal struct MemoryStore(byte[] content) : IBlockStore
{
    /// <summary>The bytes.</summary>
    public byte[] Content { get; } = content;

    /// <summary>What it says that it has.</summary>
    public ulong SectorCount { get; init; } = (ulong)content.Length / Sectors.Size;

    /// <summary>Calls that go well before one fails.</summary>
    public int CallsLeft { get; set; } = int.MaxValue;

    /// <summary>Sectors that were read.</summary>
    public int SectorsRead { get; private set; }

    /// <summary>The sectors that were written, each by its own call, and 0 for a flush.</summary>
    public List<ulong>? Written { get; init; }

    public bool Read(ulong sector, Span<byte> bytes)
    {
        if (!CanDo(sector, bytes.Length))
        {
            return false;
        }

        SectorsRead += bytes.Length / Sectors.Size;
        bytes.Clear();
        ulong start = sector * Sectors.Size;
        if (start < (ulong)Content.Length)
        {
            Content.AsSpan((int)start, Math.Min(bytes.Length, Content.Length - (int)start)).CopyTo(bytes);
        }

        return true;
    }

    public bool Write(ulong sector, ReadOnlySpan<byte> bytes)
    {
        if (!CanDo(sector, bytes.Length))
        {
            return false;
        }

        Written?.Add(sector);
        bytes.CopyTo(Content.AsSpan((int)sector * Sectors.Size));
        return true;
    }

    public bool Flush()
    {
        Written?.Add(0);
        return CallsLeft-- > 0;
    }

    private bool CanDo(ulong sector, int length)
    {
        Assert.True(Sectors.AreInside(SectorCount, sector, length), "an access outside of the disk");
        return CallsLeft-- > 0;
    }
}
