using Kvm.Interop.Files;
using Virtualization.Aidl;
using VirtualizationService.Disks;

namespace VirtualizationService.Configs;

/// <summary>Turns an app's configuration into a raw one: the system's template, and the app's disks. Source: AVF, android/virtmgr/src/aidl.rs, load_app_config.</summary>
/// <param name="etc">The installation's <c>etc</c>.</param>
public sealed class AppConfigLoader(string etc)
{
    /// <summary>Makes the raw configuration, with descriptors of its own.</summary>
    /// <exception cref="RefusedException">Something that it names is missing or not good.</exception>
    public VirtualMachineRawConfig Load(VirtualMachineAppConfig app)
    {
        ArgumentNullException.ThrowIfNull(app);
        VirtualMachineRawConfig raw = OsTemplate.Open(etc, app.OsName, app.DebugLevel == DebugLevel.Full);
        try
        {
            List<DiskImage> disks = [.. raw.Disks];
            raw.Disks = disks;
            if (app.CustomConfig is { } custom)
            {
                Customize(raw, custom);
            }

            disks.Add(WritableDisk(app));
            disks.Add(new PayloadDisk(etc).Make(app));
            raw.Name = app.Name;
            raw.InstanceId = app.InstanceId;
            raw.ProtectedVm = app.ProtectedVm;
            raw.MemoryMib = app.MemoryMib > 0 ? app.MemoryMib : raw.MemoryMib;
            raw.CpuTopology = app.CpuTopology;
            raw.HugePages = app.HugePages;
            raw.BoostUclamp = app.BoostUclamp;
            return raw;
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    private static void Customize(VirtualMachineRawConfig raw, CustomConfig custom)
    {
        if (custom.VendorImage is not null)
        {
            throw new RefusedException(Refusal.Unsupported, "virtual machines have no support for vendor images: this guest has no vendor partition");
        }

        if (custom.CustomKernelImage is { } kernel)
        {
            raw.Kernel?.Dispose();
            raw.Kernel = kernel.Duplicate();
        }

        raw.GdbPort = custom.GdbPort;
        raw.NetworkSupported = custom.NetworkSupported;
        raw.Devices = custom.Devices;
        raw.Params = string.Join(' ', ((string?[])[raw.Params, .. custom.ExtraKernelCmdlineParams]).Where(static text => !string.IsNullOrEmpty(text)));
    }

    private static DiskImage WritableDisk(VirtualMachineAppConfig app)
    {
        List<Partition> partitions = [Writable("vm-instance", app.InstanceImage!)];
        if (app.EncryptedStorageImage is { } storage)
        {
            partitions.Add(Writable("encryptedstore", storage));
        }

        return new DiskImage { Writable = true, Partitions = partitions };
    }

    private static Partition Writable(string label, FileDescriptor image) => new() { Label = label, Image = image.Duplicate(), Writable = true };
}
