#pragma warning disable CS1591
using BootLoader.Sources;

namespace BootLoader.Apex;

public static class ApexBuilder
{
    public static void Build(string name, long version, RandomAccessSource payload, Stream output, Apk.ApkSigningKey? container = null) =>
        throw new NotImplementedException();
}
