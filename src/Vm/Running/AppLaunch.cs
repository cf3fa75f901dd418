using Kvm.Interop;
using Kvm.Interop.Files;
using Virtualization;
using Virtualization.Aidl;
using Virtualization.Configuration;

namespace Vm.Running;

/// <summary>What <c>run-app</c> and <c>run-microdroid</c> run, and the files that it needs; those that are missing are made, as AVF's does.</summary>
internal sealed record AppLaunch(string Apk, string Idsig, string InstanceImage)
{
    /// <summary>AVF's size of an instance image that is made.</summary>
    public const long InstanceImageBytes = 10 << 20;

    public string? ConfigPath { get; init; }

    public string? PayloadBinaryName { get; init; }

    public IReadOnlyList<string> ExtraApks { get; init; } = [];

    public IReadOnlyList<string> ExtraIdsigs { get; init; } = [];

    /// <summary>The file that keeps the instance's id, without which its secrets would be others at the next run.</summary>
    public required string InstanceIdFile { get; init; }

    public string? Storage { get; init; }

    public long StorageBytes { get; init; }

    /// <summary>The extra APKs' paths, as the command line or the payload's configuration names them.</summary>
    /// <exception cref="UsageException">There are more of them than idsigs, or fewer.</exception>
    /// <exception cref="VirtualMachineException">The configuration cannot be read.</exception>
    public IReadOnlyList<string> FindExtraApks()
    {
        IReadOnlyList<string> extraApks = ConfigPath is { } config ? ExtraApkPaths.Read(Apk, config) : ExtraApks;
        return extraApks.Count == ExtraIdsigs.Count
            ? extraApks
            : throw new UsageException($"Found {extraApks.Count} extra apks, but there are {ExtraIdsigs.Count} extra idsigs");
    }

    /// <summary>Opens and makes the files.</summary>
    /// <param name="host">Takes the progress.</param>
    /// <param name="service">Makes them.</param>
    /// <param name="extraApks">The extra APKs' paths.</param>
    /// <exception cref="VirtualMachineException">A file cannot be opened or made.</exception>
    public VirtualMachineAppConfig Prepare(VmHost host, IVirtualizationService service, IReadOnlyList<string> extraApks)
    {
        List<FileDescriptor> apks = [];
        List<FileDescriptor> idsigs = [];
        VirtualMachineAppConfig app = new() { ExtraIdsigs = idsigs };
        try
        {
            app.Apk = PosixFile.Open(Apk, OpenFlags.O_RDONLY);
            app.Idsig = IdsigFile.Make(host, service, app.Apk, Apk, Idsig);
            for (int i = 0; i < extraApks.Count; i++)
            {
                apks.Add(PosixFile.Open(extraApks[i], OpenFlags.O_RDONLY));
                idsigs.Add(IdsigFile.Make(host, service, apks[i], extraApks[i], ExtraIdsigs[i]));
            }

            app.InstanceId = InstanceId(service);
            app.InstanceImage = Image(service, InstanceImage, InstanceImageBytes, PartitionType.AndroidVmInstance);
            app.EncryptedStorageImage = Storage is { } storage ? Image(service, storage, StorageBytes, PartitionType.Encryptedstore) : null;
            if (ConfigPath is not null)
            {
                app.Payload.ConfigPath = ConfigPath;
                apks.ForEach(static apk => apk.Dispose());
            }
            else
            {
                app.Payload.PayloadConfig = new VirtualMachinePayloadConfig { PayloadBinaryName = PayloadBinaryName!, ExtraApks = apks };
            }

            return app;
        }
        catch (Exception failure) when (failure is LinuxException or IOException or UnauthorizedAccessException)
        {
            app.Dispose();
            throw new VirtualMachineException(failure.Message, failure);
        }
    }

    private static PosixFile Image(IVirtualizationService service, string path, long size, PartitionType type)
    {
        if (!File.Exists(path))
        {
            PartitionFile.Create(service, path, size, type);
        }

        return PosixFile.Open(path, OpenFlags.O_RDWR);
    }

    private byte[] InstanceId(IVirtualizationService service)
    {
        if (File.Exists(InstanceIdFile))
        {
            byte[] kept = File.ReadAllBytes(InstanceIdFile);
            return kept.Length == IVirtualizationService.InstanceIdLength
                ? kept
                : throw new VirtualMachineException($"{InstanceIdFile} has {kept.Length} bytes; an instance id has {IVirtualizationService.InstanceIdLength}");
        }

        byte[] id = service.AllocateInstanceId();
        File.WriteAllBytes(InstanceIdFile, id);
        return id;
    }
}
