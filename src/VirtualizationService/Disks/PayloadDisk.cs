using System.Globalization;
using BootLoader.Apk;
using BootLoader.Sources;
using Kvm.Interop.Files;
using Microsoft.Win32.SafeHandles;
using Virtualization.Aidl;
using Virtualization.Payload;
using VirtualizationService.Configs;

namespace VirtualizationService.Disks;

/// <summary>The read-only disk with what a guest is to run: metadata, APEXes, the APK and its idsig, further APKs. Source: AVF, android/virtmgr/src/payload.rs.</summary>
/// <param name="etc">The installation's <c>etc</c>; APEXes lie in <c>apex/NAME.apex</c> there.</param>
public sealed class PayloadDisk(string etc)
{
    /// <summary>Where the guest has the APK's files. Source: AVF, android/virtmgr/src/payload.rs, make_metadata_file.</summary>
    private const string GuestApk = "/mnt/apk/";

    /// <summary>Makes the disk; its partitions have descriptors of their own.</summary>
    /// <param name="config">What the client asked for.</param>
    /// <exception cref="RefusedException">An APK is not signed as it must be, an APEX is missing, or lists do not fit each other.</exception>
    public DiskImage Make(VirtualMachineAppConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<Partition> partitions = [];
        DiskImage disk = new() { Partitions = partitions };
        try
        {
            RequireSignature(config.Apk!, "the APK");
            PayloadConfigFile? file = config.Payload.ConfigPath is { } path ? ReadConfig(config.Apk!, path) : null;
            IReadOnlyList<FileDescriptor> extras = file is null
                ? [.. config.Payload.PayloadConfig!.ExtraApks.Select(static apk => apk.Duplicate())]
                : [.. file.ExtraApks.Select(OpenExtra)];
            RequireIdsigs(extras, config.ExtraIdsigs);
            PayloadMetadata metadata = new()
            {
                Apk = new ApkPayload { Name = "apk", PayloadPartitionName = "microdroid-apk", IdsigPartitionName = "microdroid-apk-idsig" },
                // Where the guest finds it; the DICE chain shows this path.
                ConfigPath = config.Payload.ConfigPath is { } inApk ? GuestApk + inApk : null,
                Config = config.Payload.PayloadConfig is { } payload
                    ? new PayloadConfig { PayloadBinaryName = payload.PayloadBinaryName, ExtraApkCount = (uint)extras.Count }
                    : null,
            };
            List<Partition> apexes = AddApexes(metadata, file?.Apexes ?? []);
            partitions.Add(Of("payload-metadata", MemoryImage.Make("payload-metadata", metadata.ToPartition())));
            partitions.AddRange(apexes);
            partitions.Add(Of("microdroid-apk", config.Apk!.Duplicate()));
            partitions.Add(Of("microdroid-apk-idsig", config.Idsig!.Duplicate()));
            for (int i = 0; i < extras.Count; i++)
            {
                partitions.Add(Of(Numbered("extra-apk", i), extras[i]));
                partitions.Add(Of(Numbered("extra-idsig", i), config.ExtraIdsigs[i].Duplicate()));
            }

            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Refuses an APK without a signature of scheme v3 that can be read. Whether it holds is the guest's to find out: the host is not trusted with it.</summary>
    /// <exception cref="RefusedException">It has none.</exception>
    public static void RequireSignature(FileDescriptor apk, string what)
    {
        try
        {
            using SafeFileHandle handle = new(apk.DangerousGetHandle(), ownsHandle: false);
            using FileSource source = new(handle, FileSpace.Size(apk), leaveOpen: true);
            ApkVerifier.ReadUnverified(source);
        }
        catch (Exception e) when (e is ApkException or IOException or ArgumentException)
        {
            throw new RefusedException(Refusal.Argument, $"{what} is not signed with APK signature scheme v3: {e.Message}", e);
        }
    }

    private static PayloadConfigFile ReadConfig(FileDescriptor apk, string path)
    {
        using SafeFileHandle handle = new(apk.DangerousGetHandle(), ownsHandle: false);
        using FileSource source = new(handle, FileSpace.Size(apk), leaveOpen: true);
        return PayloadConfigFile.Read(source, path);
    }

    private static FileDescriptor OpenExtra(ApkPath apk)
    {
        try
        {
            return PosixFile.Open(apk.Path, OpenFlags.O_RDONLY | OpenFlags.O_NOCTTY | OpenFlags.O_NONBLOCK);
        }
        catch (Kvm.Interop.LinuxException failure)
        {
            throw new RefusedException(Refusal.Argument, $"extra_apks: {failure.Message}", failure);
        }
    }

    private static void RequireIdsigs(IReadOnlyList<FileDescriptor> extras, IReadOnlyList<FileDescriptor> idsigs)
    {
        if (extras.Count == idsigs.Count)
        {
            for (int i = 0; i < extras.Count; i++)
            {
                RequireSignature(extras[i], $"extra APK {i}");
            }

            return;
        }

        foreach (FileDescriptor extra in extras)
        {
            extra.Dispose();
        }

        throw new RefusedException(Refusal.Argument, $"there are {extras.Count} extra APKs and {idsigs.Count} extra idsig files; each APK needs its own");
    }

    /// <summary>In the guest's order: by name. A set of Android's own APEXes is empty here.</summary>
    private List<Partition> AddApexes(PayloadMetadata metadata, IReadOnlyList<NamedApex> apexes)
    {
        List<Partition> partitions = [];
        foreach (string name in apexes.Select(static apex => apex.Name).Where(static name => name != "{CLASSPATH}").Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(etc, "apex", $"{name}.apex");
            if (name.Contains('/', StringComparison.Ordinal) || !File.Exists(path))
            {
                throw new RefusedException(Refusal.Argument, $"the payload asks for the APEX '{name}', and there is no {path}");
            }

            string label = Numbered("microdroid-apex", partitions.Count);
            metadata.Apexes.Add(new ApexPayload
            {
                Name = name,
                PartitionName = label,
                IsFactory = true,
                LastUpdateSeconds = (ulong)new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeSeconds(),
            });
            partitions.Add(Of(label, PosixFile.Open(path, OpenFlags.O_RDONLY)));
        }

        return partitions;
    }

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");

    private static Partition Of(string label, FileDescriptor image) => new() { Label = label, Image = image };
}
