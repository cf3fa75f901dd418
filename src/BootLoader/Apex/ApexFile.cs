#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apex;

public sealed class ApexFile
{
    public string Name => throw new NotImplementedException();

    public long Version => throw new NotImplementedException();

    public ReadOnlyMemory<byte> PublicKey => throw new NotImplementedException();

    public ReadOnlyMemory<byte> RootDigest => throw new NotImplementedException();

    public long PayloadOffset => throw new NotImplementedException();

    public long PayloadSize => throw new NotImplementedException();

    public ApexHashtree Hashtree => throw new NotImplementedException();

    public static ApexFile Open(RandomAccessSource apex) => throw new NotImplementedException();

    public static ApexFile Verify(RandomAccessSource apex, CancellationToken cancellation = default) => throw new NotImplementedException();
}
