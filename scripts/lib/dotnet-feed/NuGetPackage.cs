using System.IO.Compression;

namespace DotnetFeed;

/// <summary>A NuGet package of the type DotnetPlatform, as the SDK restores its runtime packs.</summary>
internal static class NuGetPackage
{
    /// <summary>Makes a package of everything in <paramref name="directory"/>.</summary>
    public static void Write(string directory, string id, string version, string feed)
    {
        File.WriteAllText(
            Path.Combine(directory, $"{id}.nuspec"),
            $"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
              <metadata>
                <id>{id}</id>
                <version>{version}</version>
                <authors>local</authors>
                <description>Assembled on this machine from packages for other processors.</description>
                <packageTypes><packageType name="DotnetPlatform" /></packageTypes>
              </metadata>
            </package>
            """);
        IEnumerable<string> types = Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
            .Select(Path.GetExtension).Where(extension => !string.IsNullOrEmpty(extension)).Distinct()
            .Select(extension => $"""<Default Extension="{extension![1..]}" ContentType="application/octet" />""");
        File.WriteAllText(
            Path.Combine(directory, "[Content_Types].xml"),
            $"""
            <?xml version="1.0" encoding="utf-8"?>
            <Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{string.Concat(types)}</Types>
            """);
        ZipFile.CreateFromDirectory(directory, Path.Combine(feed, $"{id}.{version}.nupkg"), CompressionLevel.Fastest, includeBaseDirectory: false);
    }
}
