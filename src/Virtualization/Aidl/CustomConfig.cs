using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>Settings that need the right to make custom VMs (AVF VirtualMachineAppConfig.CustomConfig). Disposing it closes its files.</summary>
public sealed class CustomConfig : IParcelable, IDisposable
{
    /// <summary>Another kernel.</summary>
    public FileDescriptor? CustomKernelImage { get; set; }

    /// <summary>The TCP port that a debugger of the guest's kernel connects to; 0 for none.</summary>
    public int GdbPort { get; set; }

    /// <summary>A disk image with modules of a vendor; refused by this project's service.</summary>
    public FileDescriptor? VendorImage { get; set; }

    /// <summary>The nodes in sysfs of devices that the VM is given.</summary>
    public IReadOnlyList<string> Devices { get; set; } = [];

    /// <summary>The VM shall keep its secrets when it is updated, where that is possible.</summary>
    public bool WantUpdatable { get; set; } = true;

    /// <summary>The VM has a network card.</summary>
    public bool NetworkSupported { get; set; }

    /// <summary>Words added to the kernel's command line.</summary>
    public IReadOnlyList<string> ExtraKernelCmdlineParams { get; set; } = [];

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteParcelFileDescriptor(CustomKernelImage);
        p.WriteInt32(GdbPort);
        p.WriteParcelFileDescriptor(VendorImage);
        p.WriteStringList(Devices);
        p.WriteBoolean(WantUpdatable);
        p.WriteBoolean(NetworkSupported);
        p.WriteStringList(ExtraKernelCmdlineParams);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        CustomKernelImage = p.ReadParcelFileDescriptor();
        GdbPort = p.ReadInt32();
        VendorImage = p.ReadParcelFileDescriptor();
        Devices = p.ReadStringList();
        WantUpdatable = p.ReadBoolean();
        NetworkSupported = p.ReadBoolean();
        ExtraKernelCmdlineParams = p.ReadStringList();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CustomKernelImage?.Dispose();
        VendorImage?.Dispose();
    }
}
