#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.FsVerity;

public sealed class FsVerityMetadata
{
    public FsVerityDescriptor Descriptor => throw new NotImplementedException();

    public ReadOnlyMemory<byte> Signature => throw new NotImplementedException();

    public long TreeOffset => throw new NotImplementedException();

    public long TreeSize => throw new NotImplementedException();

    public static FsVerityMetadata Read(RandomAccessSource source) => throw new NotImplementedException();
}
