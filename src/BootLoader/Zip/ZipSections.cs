#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Zip;

public sealed class ZipSections
{
    public long CentralDirectoryOffset => throw new NotImplementedException();

    public long EndOffset => throw new NotImplementedException();

    public long Length => throw new NotImplementedException();

    public static ZipSections Find(RandomAccessSource source) => throw new NotImplementedException();

    public static RandomAccessSource WithoutPadding(RandomAccessSource partition) => throw new NotImplementedException();
}
