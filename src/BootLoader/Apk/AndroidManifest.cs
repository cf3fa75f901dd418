using BootLoader.Sources;
using BootLoader.Zip;

namespace BootLoader.Apk;

/// <summary>What AVF reads of an APK's AndroidManifest.xml: it goes into the payload's DICE node.</summary>
public sealed class AndroidManifest
{
    /// <summary>The entry's name.</summary>
    public const string EntryName = "AndroidManifest.xml";

    /// <summary>Genuine ones of the largest applications have some 100 KiB.</summary>
    private const int LargestManifest = 4 << 20;

    /// <summary>Android, PackageParser: names of files are made of it.</summary>
    private const int LongestPackage = 223;

    /// <summary>The application's name, such as <c>com.example.payload</c>.</summary>
    public required string Package { get; init; }

    /// <summary>versionCodeMajor in the upper 32 bits, versionCode in the lower.</summary>
    public required ulong VersionCode { get; init; }

    /// <summary>The version as people read it; null when there is none.</summary>
    public string? VersionName { get; init; }

    /// <summary>Reads a manifest.</summary>
    /// <param name="xml">Android's binary XML.</param>
    /// <exception cref="ApkException">It is none, or has no package.</exception>
    public static AndroidManifest Read(ReadOnlySpan<byte> xml) => AxmlManifestReader.Read(xml);

    /// <summary>Reads the manifest of an APK, whose signature is not verified here.</summary>
    /// <param name="apk">The APK, to its last byte.</param>
    /// <exception cref="ApkException">It is no APK, or its manifest is broken.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static AndroidManifest ReadFromApk(RandomAccessSource apk)
    {
        try
        {
            var archive = ZipArchiveReader.Open(apk);
            ZipEntry entry = archive.Find(EntryName) ?? throw new ApkException($"it has no {EntryName}: it is no APK");
            return Read(archive.ReadEntry(entry, LargestManifest));
        }
        catch (ZipException failure)
        {
            throw new ApkException(failure.Message, failure);
        }
    }

    /// <summary>Writes the manifest: the attributes above, and that there is no Java code.</summary>
    /// <returns>Android's binary XML; the same for the same values.</returns>
    /// <exception cref="ApkException">The package's name cannot be one.</exception>
    public byte[] ToBytes() => PackageFault(Package) is { } fault ? throw new ApkException(fault) : AxmlManifestWriter.Write(this);

    /// <summary>Why a text is no name of a package; null when it is one.</summary>
    internal static string? PackageFault(string? package)
    {
        if (string.IsNullOrEmpty(package))
        {
            return "the package has no name";
        }

        foreach (string part in package.Split('.'))
        {
            if (part.Length == 0 || !char.IsAsciiLetter(part[0]) || part.Any(static c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
            {
                return $"'{ZipName.Shown(package)}' is no name of a package: words of ASCII letters, digits and _ that begin with a letter, between dots";
            }
        }

        return package.Length > LongestPackage ? $"a package's name of {package.Length} characters: at most {LongestPackage} are possible" : null;
    }
}
