using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A VM whose every part the client names (AVF VirtualMachineRawConfig.aidl). Disposing it closes its files.</summary>
public sealed class VirtualMachineRawConfig : IParcelable, IDisposable
{
    /// <summary>The VM's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The instance's id: 64 bytes, <see cref="IVirtualizationService.AllocateInstanceId"/>.</summary>
    public byte[] InstanceId { get; set; } = new byte[IVirtualizationService.InstanceIdLength];

    /// <summary>The kernel; null where there is a boot loader.</summary>
    public FileDescriptor? Kernel { get; set; }

    /// <summary>The initrd.</summary>
    public FileDescriptor? Initrd { get; set; }

    /// <summary>The kernel's command line.</summary>
    public string? Params { get; set; }

    /// <summary>The boot loader; null where there is a kernel.</summary>
    public FileDescriptor? Bootloader { get; set; }

    /// <summary>The disks, in the guest's order.</summary>
    public IReadOnlyList<DiskImage> Disks { get; set; } = [];

    /// <summary>The host cannot read the VM's memory.</summary>
    public bool ProtectedVm { get; set; }

    /// <summary>The memory in MiB; 0 or less for the default.</summary>
    public int MemoryMib { get; set; }

    /// <summary>How many processors it has.</summary>
    public CpuTopology CpuTopology { get; set; }

    /// <summary>The versions of the virtual platform that the configuration is for, as a requirement of Semantic Versioning (<c>~1.0</c>).</summary>
    public string PlatformVersion { get; set; } = "";

    /// <summary>The TCP port that a debugger of the guest's kernel connects to; 0 for none.</summary>
    public int GdbPort { get; set; }

    /// <summary>The memory shall be in huge pages, where the host has them.</summary>
    public bool HugePages { get; set; }

    /// <summary>The nodes in sysfs of devices that the VM is given.</summary>
    public IReadOnlyList<string> Devices { get; set; } = [];

    /// <summary>A display.</summary>
    public DisplayConfig? DisplayConfig { get; set; }

    /// <summary>Input devices.</summary>
    public IReadOnlyList<InputDevice> InputDevices { get; set; } = [];

    /// <summary>The VM has a network card.</summary>
    public bool NetworkSupported { get; set; }

    /// <summary>Which device gets the console's input: <c>hvc0</c> or <c>ttyS0</c>; null for the default.</summary>
    public string? ConsoleInputDevice { get; set; }

    /// <summary>The host shall run the VM as fast as it can.</summary>
    public bool BoostUclamp { get; set; }

    /// <summary>A graphics device.</summary>
    public GpuConfig? GpuConfig { get; set; }

    /// <summary>Sound.</summary>
    public AudioConfig? AudioConfig { get; set; }

    /// <summary>The VM has no balloon.</summary>
    public bool NoBalloon { get; set; }

    /// <summary>USB.</summary>
    public UsbConfig? UsbConfig { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(Name);
        p.WriteInstanceId(InstanceId);
        p.WriteParcelFileDescriptor(Kernel);
        p.WriteParcelFileDescriptor(Initrd);
        p.WriteString(Params);
        p.WriteParcelFileDescriptor(Bootloader);
        p.WriteParcelableList(Disks);
        p.WriteBoolean(ProtectedVm);
        p.WriteInt32(MemoryMib);
        p.WriteInt32((int)CpuTopology);
        p.WriteString(PlatformVersion);
        p.WriteInt32(GdbPort);
        p.WriteBoolean(HugePages);
        p.WriteStringList(Devices);
        p.WriteParcelable(DisplayConfig);
        p.WriteUnionList(InputDevices);
        p.WriteBoolean(NetworkSupported);
        p.WriteString(ConsoleInputDevice);
        p.WriteBoolean(BoostUclamp);
        p.WriteParcelable(GpuConfig);
        p.WriteParcelable(AudioConfig);
        p.WriteBoolean(NoBalloon);
        p.WriteParcelable(UsbConfig);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Name = p.ReadRequiredString();
        InstanceId = p.ReadInstanceId();
        Kernel = p.ReadParcelFileDescriptor();
        Initrd = p.ReadParcelFileDescriptor();
        Params = p.ReadString();
        Bootloader = p.ReadParcelFileDescriptor();
        Disks = p.ReadParcelableList<DiskImage>();
        ProtectedVm = p.ReadBoolean();
        MemoryMib = p.ReadInt32();
        CpuTopology = (CpuTopology)p.ReadInt32();
        PlatformVersion = p.ReadRequiredString();
        GdbPort = p.ReadInt32();
        HugePages = p.ReadBoolean();
        Devices = p.ReadStringList();
        DisplayConfig = p.ReadParcelable<DisplayConfig>();
        InputDevices = p.ReadUnionList<InputDevice>();
        NetworkSupported = p.ReadBoolean();
        ConsoleInputDevice = p.ReadString();
        BoostUclamp = p.ReadBoolean();
        GpuConfig = p.ReadParcelable<GpuConfig>();
        AudioConfig = p.ReadParcelable<AudioConfig>();
        NoBalloon = p.ReadBoolean();
        UsbConfig = p.ReadParcelable<UsbConfig>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kernel?.Dispose();
        Initrd?.Dispose();
        Bootloader?.Dispose();
        Disks.DisposeAll();
        InputDevices.DisposeAll();
    }
}
