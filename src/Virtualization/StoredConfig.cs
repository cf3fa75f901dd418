using System.Text.Json;
using System.Text.Json.Serialization;
using Virtualization.Configuration;

namespace Virtualization;

/// <summary>A configuration as <c>config.json</c> keeps it. AVF writes an XML of Android's PersistableBundle, which exists nowhere else.</summary>
internal sealed class StoredConfig
{
    /// <summary>The only version there is.</summary>
    internal const int CurrentVersion = 1;

    [JsonRequired]
    public int Version { get; set; }

    public string PackageName { get; set; } = "";

    [JsonRequired]
    public string ApkPath { get; set; } = "";

    public IReadOnlyList<string> ExtraApks { get; set; } = [];

    public string? PayloadBinaryName { get; set; }

    public string? PayloadConfigPath { get; set; }

    [JsonRequired]
    public string Os { get; set; } = "";

    public DebugLevel DebugLevel { get; set; }

    [JsonRequired]
    public bool ProtectedVm { get; set; }

    public long MemoryBytes { get; set; }

    public CpuTopology CpuTopology { get; set; }

    public long EncryptedStorageBytes { get; set; }

    public bool VmOutputCaptured { get; set; }

    public bool VmConsoleInputSupported { get; set; }

    public bool ConnectVmConsole { get; set; }

    public string? VendorDiskImage { get; set; }

    internal static byte[] Write(VirtualMachineConfig config) => JsonSerializer.SerializeToUtf8Bytes(
        new StoredConfig
        {
            Version = CurrentVersion,
            PackageName = config.PackageName,
            ApkPath = config.ApkPath,
            ExtraApks = config.ExtraApks,
            PayloadBinaryName = config.PayloadBinaryName,
            PayloadConfigPath = config.PayloadConfigPath,
            Os = config.Os,
            DebugLevel = config.DebugLevel,
            ProtectedVm = config.ProtectedVm,
            MemoryBytes = config.MemoryBytes,
            CpuTopology = config.CpuTopology,
            EncryptedStorageBytes = config.EncryptedStorageBytes,
            VmOutputCaptured = config.VmOutputCaptured,
            VmConsoleInputSupported = config.VmConsoleInputSupported,
            ConnectVmConsole = config.ConnectVmConsole,
            VendorDiskImage = config.VendorDiskImage,
        },
        StoredConfigJson.Default.StoredConfig);

    /// <summary>Reads it back; everything passes the builder's rules, for the file may come from somebody else.</summary>
    /// <exception cref="VirtualMachineException">It is none; the message says why.</exception>
    internal static VirtualMachineConfig Read(ReadOnlySpan<byte> json, string source)
    {
        try
        {
            StoredConfig stored = JsonSerializer.Deserialize(json, StoredConfigJson.Default.StoredConfig)
                ?? throw new VirtualMachineException($"{source} is empty");
            return stored.Version == CurrentVersion
                ? stored.ToConfig()
                : throw new VirtualMachineException($"{source} has version {stored.Version}, not {CurrentVersion}");
        }
        catch (JsonException fault)
        {
            throw new VirtualMachineException($"{source}{JsonFault.Place(fault)}: {JsonFault.Reason(fault)}", fault);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            throw new VirtualMachineException($"{source} is no configuration of a VM: {fault.Message}", fault);
        }
    }

    private VirtualMachineConfig ToConfig()
    {
        VirtualMachineConfig.Builder builder = new VirtualMachineConfig.Builder(PackageName)
            .SetApkPath(ApkPath)
            .SetOs(Os)
            .SetDebugLevel(DebugLevel)
            .SetProtectedVm(ProtectedVm)
            .SetCpuTopology(CpuTopology)
            .SetVmOutputCaptured(VmOutputCaptured)
            .SetVmConsoleInputSupported(VmConsoleInputSupported)
            .SetConnectVmConsole(ConnectVmConsole);
        _ = PayloadBinaryName is { } name ? builder.SetPayloadBinaryName(name) : builder;
        _ = PayloadConfigPath is { } path ? builder.SetPayloadConfigPath(path) : builder;
        _ = VendorDiskImage is { } image ? builder.SetVendorDiskImage(image) : builder;
        _ = MemoryBytes != 0 ? builder.SetMemoryBytes(MemoryBytes) : builder;
        _ = EncryptedStorageBytes != 0 ? builder.SetEncryptedStorageBytes(EncryptedStorageBytes) : builder;
        foreach (string apk in ExtraApks)
        {
            builder.AddExtraApk(apk);
        }

        return builder.Build();
    }
}

/// <summary>Reads and writes it: names in camel case, values of enumerations as words.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredConfig))]
internal sealed partial class StoredConfigJson : JsonSerializerContext;
