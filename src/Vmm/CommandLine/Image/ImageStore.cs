using BootLoader.Blocks;

namespace Vmm.CommandLine.Image;

/// <summary>An image as a disk that is only read.</summary>
/// <param name="image">The image.</param>
internal readonly struct ImageStore(FileStream image) : IBlockStore
{
    public ulong SectorCount => (ulong)image.Length / Sectors.Size;

    public bool Read(ulong sector, Span<byte> bytes)
    {
        if (!Sectors.AreInside(SectorCount, sector, bytes.Length))
        {
            return false;
        }

        try
        {
            image.Position = (long)sector * Sectors.Size;
            image.ReadExactly(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public bool Write(ulong sector, ReadOnlySpan<byte> bytes) => false;

    public bool Flush() => true;
}
