using System.IO.Compression;
using System.Text.Json;

namespace Virtualization.Configuration;

/// <summary>The extra APKs that a payload configuration inside an APK names, by their paths on the host: <c>"extra_apks": [{"path": …}]</c>.</summary>
/// <remarks>The service takes the APKs by these paths too, and wants an idsig file for each, in their order.</remarks>
public static class ExtraApkPaths
{
    /// <summary>The largest configuration that is read, in bytes.</summary>
    private const long MaxConfigBytes = 1 << 20;

    /// <summary>Reads the paths.</summary>
    /// <param name="apk">The path of the APK.</param>
    /// <param name="configPath">The configuration's path in it.</param>
    /// <exception cref="VirtualMachineException">The APK cannot be read, or the configuration is not there or not good.</exception>
    public static IReadOnlyList<string> Read(string apk, string configPath)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(apk);
            ZipArchiveEntry entry = archive.GetEntry(configPath) ?? throw new VirtualMachineException($"{apk} has no {configPath}");
            if (entry.Length > MaxConfigBytes)
            {
                throw new VirtualMachineException($"{configPath} in {apk} has {entry.Length} bytes; {MaxConfigBytes} are the most");
            }

            using Stream content = entry.Open();
            using JsonDocument config = JsonDocument.Parse(content);
            return config.RootElement.TryGetProperty("extra_apks", out JsonElement extra) ? [.. extra.EnumerateArray().Select(PathOf)] : [];
        }
        catch (Exception fault) when (fault is JsonException or IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException)
        {
            throw new VirtualMachineException($"{configPath} in {apk} cannot be read: {fault.Message}", fault);
        }
    }

    private static string PathOf(JsonElement apk) =>
        apk.TryGetProperty("path", out JsonElement path) && path.GetString() is { Length: > 0 } text
            ? text
            : throw new InvalidDataException("a member of extra_apks has no path");
}
