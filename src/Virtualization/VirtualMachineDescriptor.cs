using Kvm.Interop.Files;
using Virtualization.Aidl;
using Virtualization.Binder;

namespace Virtualization;

/// <summary>A VM on its way to another owner: its files, open, and nowhere else (android.system.virtualmachine.VirtualMachineDescriptor).</summary>
/// <remarks>
/// Made by <see cref="VirtualMachine.ToDescriptor"/>, which takes the files from the VM that was, and used up by
/// <see cref="VirtualMachineManager.ImportFromDescriptorAsync"/>. A descriptor that is disposed without that is the end of the VM and its secrets.
/// It is a parcelable: Binder RPC over a Unix socket carries it to another process.
/// </remarks>
public sealed class VirtualMachineDescriptor : IParcelable, IDisposable
{
    /// <summary>Makes one that <see cref="ReadFrom"/> fills.</summary>
    public VirtualMachineDescriptor()
    {
    }

    internal VirtualMachineDescriptor(FileDescriptor config, FileDescriptor instanceId, FileDescriptor instanceImage, FileDescriptor? storage)
    {
        (Config, InstanceId, InstanceImage, Storage) = (config, instanceId, instanceImage, storage);
    }

    internal FileDescriptor? Config { get; private set; }

    internal FileDescriptor? InstanceId { get; private set; }

    internal FileDescriptor? InstanceImage { get; private set; }

    internal FileDescriptor? Storage { get; private set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        ArgumentNullException.ThrowIfNull(p);
        p.WriteParcelFileDescriptor(Config);
        p.WriteParcelFileDescriptor(InstanceId);
        p.WriteParcelFileDescriptor(InstanceImage);
        p.WriteParcelFileDescriptor(Storage);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        ArgumentNullException.ThrowIfNull(p);
        Config = p.ReadRequiredDescriptor();
        InstanceId = p.ReadRequiredDescriptor();
        InstanceImage = p.ReadRequiredDescriptor();
        Storage = p.ReadParcelFileDescriptor();
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        Config?.Dispose();
        InstanceId?.Dispose();
        InstanceImage?.Dispose();
        Storage?.Dispose();
        (Config, InstanceId, InstanceImage, Storage) = (null, null, null, null);
    }
}
