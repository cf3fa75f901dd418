using System.Text.Json;
using Microdroid.Failure;
using Microdroid.Payload;
using Virtualization.Configuration;
using Virtualization.Payload;

namespace Microdroid.Configuration;

/// <summary>Finds out what is to be run: by a file in the verified APK, or by the name of a library.</summary>
internal sealed class PayloadConfigReader(IPackages packages)
{
    /// <summary>Where an APK's files are in the guest.</summary>
    public const string ApkContents = "/mnt/apk/";

    /// <summary>The largest file, in bytes.</summary>
    public const int MaximumSize = 1 << 20;

    /// <summary>The configuration.</summary>
    /// <param name="metadata">What the host says; it is in the chain, so that others can judge it.</param>
    /// <param name="payload">The verified payload.</param>
    /// <exception cref="MicrodroidException">It is not there, or nothing can be run by it.</exception>
    public VmPayloadConfig Read(PayloadMetadata metadata, VerifiedPayload payload)
    {
        VmPayloadConfig config = metadata.ConfigPath is { } path ? ReadFile(path, payload.Apk) : FromMetadata(metadata.Config!);
        if (config.Os.Name is not ("" or "microdroid"))
        {
            throw Invalid($"os '{config.Os.Name}' is not this one: leave \"os\" out, or name \"microdroid\"");
        }

        if (config.Task is null)
        {
            throw Invalid("No task in VM config");
        }

        if (config.EnableAuthfs)
        {
            throw Invalid("enable_authfs: this guest has no AuthFS");
        }

        if (config.ExtraApks.Count != payload.ExtraApks.Count)
        {
            throw Invalid($"config expects {config.ExtraApks.Count} extra apks, but found {payload.ExtraApks.Count}");
        }

        foreach (ApexConfig apex in config.Apexes.Where(apex => apex.Name != ApexConfig.Classpath))
        {
            if (!payload.Apexes.Any(there => there.Identity.Name == apex.Name || there.Data.Name == apex.Name))
            {
                throw Invalid($"config expects the APEX '{apex.Name}', which is not there");
            }
        }

        return config;
    }

    private static VmPayloadConfig FromMetadata(PayloadConfig config)
    {
        if (config.ExtraApkCount > PayloadVerifier.MaximumExtraApks)
        {
            throw Invalid($"{config.ExtraApkCount} extra APKs; {PayloadVerifier.MaximumExtraApks} are the most");
        }

        return new VmPayloadConfig
        {
            Task = new PayloadTask { Type = TaskType.MicrodroidLauncher, Command = config.PayloadBinaryName },
            ExtraApks = [.. Enumerable.Range(0, (int)config.ExtraApkCount).Select(i => new ApkConfig { Path = $"extra-apk-{i}" })],
        };
    }

    private static MicrodroidException Invalid(string message, Exception? cause = null) =>
        new(FailureReason.PayloadInvalidConfig, message, cause);

    private VmPayloadConfig ReadFile(string path, VerifiedApk apk)
    {
        // AVF's host gives the path in the guest; one in the APK means the same.
        string name = path.StartsWith(ApkContents, StringComparison.Ordinal) ? path[ApkContents.Length..] : path;
        byte[] json;
        try
        {
            using BootLoader.Sources.FileSource source = ApkSource.Open(apk);
            json = packages.ReadEntry(source, name, MaximumSize) ?? throw Invalid($"there is no '{name}' in the APK");
        }
        catch (Exception e) when (e is BootLoader.Zip.ZipException or IOException)
        {
            throw Invalid($"'{name}' in the APK cannot be read: {e.Message}", e);
        }

        try
        {
            return JsonSerializer.Deserialize(json, PayloadConfigJson.Strict.VmPayloadConfig) ?? throw Invalid($"{name}: it is null, not a configuration");
        }
        catch (JsonException e)
        {
            throw Invalid($"{name}{JsonFault.Place(e)}: {JsonFault.Reason(e)}", e);
        }
    }
}
