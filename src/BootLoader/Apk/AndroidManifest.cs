#pragma warning disable CS1591
namespace BootLoader.Apk;

public sealed class AndroidManifest
{
    public required string Package { get; init; }

    public required ulong VersionCode { get; init; }

    public string? VersionName { get; init; }

    public static AndroidManifest Read(ReadOnlySpan<byte> xml) => throw new NotImplementedException();

    public static AndroidManifest ReadFromApk(Sources.RandomAccessSource apk) => throw new NotImplementedException();

    public byte[] ToBytes() => throw new NotImplementedException();
}
