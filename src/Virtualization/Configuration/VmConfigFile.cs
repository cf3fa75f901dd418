using System.Text.Json.Serialization;
using Kvm.Interop.Files;
using Virtualization.Aidl;

namespace Virtualization.Configuration;

/// <summary>A VM as a JSON file describes it: AVF's raw configuration (its libs/vmconfig), with AVF's names of members.</summary>
/// <remarks>Relative paths are relative to the file. AVF takes them from the current directory, which a file cannot know.</remarks>
public sealed class VmConfigFile
{
    /// <summary>The VM's name.</summary>
    public string? Name { get; set; }

    /// <summary>The path of the kernel; this or <see cref="Bootloader"/> is needed.</summary>
    public string? Kernel { get; set; }

    /// <summary>The path of the initrd.</summary>
    public string? Initrd { get; set; }

    /// <summary>The kernel's command line.</summary>
    public string? Params { get; set; }

    /// <summary>The path of the boot loader.</summary>
    public string? Bootloader { get; set; }

    /// <summary>The disks, in the guest's order.</summary>
    public IReadOnlyList<DiskFile> Disks { get; set; } = [];

    /// <summary>The host cannot read the VM's memory.</summary>
    public bool Protected { get; set; }

    /// <summary>The memory in MiB; null for the default.</summary>
    public int? MemoryMib { get; set; }

    /// <summary>How many processors it has: <c>one_cpu</c> or <c>match_host</c>; null for one.</summary>
    public string? CpuTopology { get; set; }

    /// <summary>The versions of the virtual platform that the file is for, such as <c>~1.0</c>; mandatory.</summary>
    [JsonRequired]
    public string PlatformVersion { get; set; } = "";

    /// <summary>The nodes in sysfs of devices that the VM is given.</summary>
    public IReadOnlyList<string> Devices { get; set; } = [];

    /// <summary>Which device gets the console's input: <c>hvc0</c> or <c>ttyS0</c>; null for the default.</summary>
    public string? ConsoleInputDevice { get; set; }

    /// <summary>USB.</summary>
    public UsbFile? UsbConfig { get; set; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="VirtualMachineException">It cannot be read, or is none; the message names the line and the column.</exception>
    public static VmConfigFile Load(string path)
    {
        byte[] json = VirtualMachineException.Wrap("cannot read the VM's configuration", () => File.ReadAllBytes(path));
        return VmConfigReader.Read(json, path);
    }

    /// <summary>Opens the files that it names.</summary>
    /// <param name="directory">The directory that relative paths start from: that of the file.</param>
    /// <returns>A configuration, without an instance id; the caller's to dispose.</returns>
    /// <exception cref="VirtualMachineException">A file cannot be opened.</exception>
    public VirtualMachineRawConfig Open(string directory)
    {
        List<DiskImage> disks = [];
        VirtualMachineRawConfig config = new()
        {
            Name = Name ?? "",
            Params = Params,
            Disks = disks,
            ProtectedVm = Protected,
            MemoryMib = MemoryMib ?? 0,
            CpuTopology = CpuTopology == VmConfigReader.MatchHost ? Aidl.CpuTopology.MatchHost : Aidl.CpuTopology.OneCpu,
            PlatformVersion = PlatformVersion,
            Devices = Devices,
            ConsoleInputDevice = ConsoleInputDevice,
            UsbConfig = UsbConfig is { } usb ? new UsbConfig { Controller = usb.Controller } : null,
        };
        try
        {
            config.Kernel = OpenFile("kernel", directory, Kernel);
            config.Initrd = OpenFile("initrd", directory, Initrd);
            config.Bootloader = OpenFile("bootloader", directory, Bootloader);
            foreach (DiskFile disk in Disks)
            {
                List<Partition> partitions = [];
                DiskImage image = new() { Writable = disk.Writable, Partitions = partitions };
                disks.Add(image);
                image.Image = OpenFile("disk", directory, disk.Image, disk.Writable);
                foreach (PartitionFile partition in disk.Partitions ?? [])
                {
                    partitions.Add(new Partition
                    {
                        Label = partition.Label,
                        Image = OpenFile($"partition '{partition.Label}'", directory, partition.Path, partition.Writable),
                        Writable = partition.Writable,
                        Guid = partition.Guid,
                    });
                }
            }

            return config;
        }
        catch
        {
            config.Dispose();
            throw;
        }
    }

    private static PosixFile? OpenFile(string what, string directory, string? path, bool writable = false) =>
        path is null ? null : VirtualMachineException.Wrap(
            $"cannot open the VM's {what}",
            () => PosixFile.Open(Path.Combine(directory, path), writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY));
}
