#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Zip;

public sealed class ZipArchiveReader
{
    private ZipArchiveReader() => throw new NotImplementedException();

    public ZipSections Sections => throw new NotImplementedException();

    public IReadOnlyList<ZipEntry> Entries => throw new NotImplementedException();

    public static ZipArchiveReader Open(RandomAccessSource source) => throw new NotImplementedException();

    public ZipEntry? Find(string name) => throw new NotImplementedException();

    public Stream OpenEntry(ZipEntry entry) => throw new NotImplementedException();

    public byte[] ReadEntry(ZipEntry entry, int limit) => throw new NotImplementedException();
}
