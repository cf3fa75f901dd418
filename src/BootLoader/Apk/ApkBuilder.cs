#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apk;

public sealed class ApkBuilder
{
    public ApkBuilder(string package, ulong versionCode = 1) => throw new NotImplementedException();

    public ApkBuilder Add(string name, RandomAccessSource content, bool? compress = null) => throw new NotImplementedException();

    public ApkBuilder AddDirectory(string directory) => throw new NotImplementedException();

    public void Build(Stream output, ApkSigningKey key) => throw new NotImplementedException();
}
