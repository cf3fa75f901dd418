#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.FsVerity;

public sealed class FsVerityDescriptor
{
    public const int Size = 256;

    public required long DataSize { get; init; }

    public required ReadOnlyMemory<byte> RootHash { get; init; }

    public ReadOnlyMemory<byte> Salt { get; init; }

    public static FsVerityDescriptor Of(RandomAccessSource data, out Verity.DmVerityTree? tree) => throw new NotImplementedException();

    public static FsVerityDescriptor Read(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    public byte[] ToBytes() => throw new NotImplementedException();

    public byte[] Digest() => throw new NotImplementedException();
}
