using System.Text.Json;
using BootLoader.Sources;
using BootLoader.Zip;
using Virtualization.Configuration;

namespace VirtualizationService.Configs;

/// <summary>The payload configuration inside an APK (<c>assets/vm_config.json</c>), of which the host reads what it has to add as partitions.</summary>
/// <remarks>The guest reads the rest, from the verified APK; members that are only the guest's are ignored here.</remarks>
public sealed record PayloadConfigFile
{
    private const int LargestFile = 1 << 20;

    // Settable, not init: the JSON generator would overwrite the defaults of init-only members that the file does not have.

    /// <summary>The APEXes that the payload asks for.</summary>
    public IReadOnlyList<NamedApex> Apexes { get; set; } = [];

    /// <summary>Further APKs, as files of the host.</summary>
    public IReadOnlyList<ApkPath> ExtraApks { get; set; } = [];

    /// <summary>Reads the configuration.</summary>
    /// <param name="apk">The APK.</param>
    /// <param name="path">The file in it.</param>
    /// <exception cref="RefusedException">It is not there, or is not good; with line and column.</exception>
    public static PayloadConfigFile Read(RandomAccessSource apk, string path)
    {
        try
        {
            ZipArchiveReader zip = ZipArchiveReader.Open(apk);
            ZipEntry entry = zip.Find(path) ?? throw new RefusedException(Refusal.Argument, $"the APK has no file {path}");
            return Parse(zip.ReadEntry(entry, LargestFile), path);
        }
        catch (ZipException e)
        {
            throw new RefusedException(Refusal.Argument, $"the APK cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a configuration's text.</summary>
    /// <exception cref="RefusedException">It is not good; with line and column.</exception>
    public static PayloadConfigFile Parse(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            PayloadConfigFile config = JsonSerializer.Deserialize(json, PayloadConfigJson.Default.PayloadConfigFile) ?? throw new JsonException("there is nothing in it");
            return config.Apexes is null || config.ExtraApks is null ? throw new JsonException("a list is null; write []") : config;
        }
        catch (JsonException e)
        {
            throw new RefusedException(Refusal.Argument, $"{path}{JsonFault.Place(e)}: {JsonFault.Reason(e)}", e);
        }
    }
}
