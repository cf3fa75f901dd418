using BootLoader.Blocks;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Microdroid.Devices;

/// <summary>A partition in sectors.</summary>
/// <param name="file">The partition, open for reading and writing.</param>
/// <param name="size">Its size in bytes.</param>
internal readonly struct DeviceStore(PosixFile file, long size) : IBlockStore
{
    /// <inheritdoc/>
    public ulong SectorCount => (ulong)size / Sectors.Size;

    /// <inheritdoc/>
    public bool Read(ulong sector, Span<byte> bytes)
    {
        try
        {
            return Sectors.AreInside(SectorCount, sector, bytes.Length) && file.ReadAt(bytes, (long)sector * Sectors.Size) == bytes.Length;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool Write(ulong sector, ReadOnlySpan<byte> bytes)
    {
        if (!Sectors.AreInside(SectorCount, sector, bytes.Length))
        {
            return false;
        }

        try
        {
            file.WriteAt(bytes, (long)sector * Sectors.Size);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool Flush() => FileSpace.Flush(file) == 0;
}
