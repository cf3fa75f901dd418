using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A VM that runs a payload (AVF VirtualMachineAppConfig.aidl). Disposing it closes its files.</summary>
/// <remarks>A peer of an older version may send fewer fields: what is "never null on the wire" is still null then, and to be checked.</remarks>
public sealed class VirtualMachineAppConfig : IParcelable, IDisposable
{
    /// <summary>The operating system where nothing else is said.</summary>
    public const string DefaultOsName = "microdroid";

    /// <summary>The VM's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The instance's id: 64 bytes, <see cref="IVirtualizationService.AllocateInstanceId"/>.</summary>
    public byte[] InstanceId { get; set; } = new byte[IVirtualizationService.InstanceIdLength];

    /// <summary>The APK; never null on the wire.</summary>
    public FileDescriptor? Apk { get; set; }

    /// <summary>Its idsig; never null on the wire.</summary>
    public FileDescriptor? Idsig { get; set; }

    /// <summary>The idsigs of the further APKs, in their order.</summary>
    public IReadOnlyList<FileDescriptor> ExtraIdsigs { get; set; } = [];

    /// <summary>The instance image, open for reading and writing; never null on the wire.</summary>
    public FileDescriptor? InstanceImage { get; set; }

    /// <summary>The encrypted storage, open for reading and writing; null for none.</summary>
    public FileDescriptor? EncryptedStorageImage { get; set; }

    /// <summary>What is run.</summary>
    public AppPayload Payload { get; set; } = new();

    /// <summary>The operating system that runs it.</summary>
    public string OsName { get; set; } = DefaultOsName;

    /// <summary>What may be seen of the VM.</summary>
    public DebugLevel DebugLevel { get; set; }

    /// <summary>The host cannot read the VM's memory.</summary>
    public bool ProtectedVm { get; set; }

    /// <summary>The memory in MiB; 0 or less for the operating system's default.</summary>
    public int MemoryMib { get; set; }

    /// <summary>How many processors it has.</summary>
    public CpuTopology CpuTopology { get; set; }

    /// <summary>Settings that need the right to make custom VMs; null for none.</summary>
    public CustomConfig? CustomConfig { get; set; }

    /// <summary>The memory shall be in huge pages, where the host has them.</summary>
    public bool HugePages { get; set; }

    /// <summary>The host shall run the VM as fast as it can.</summary>
    public bool BoostUclamp { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(Name);
        p.WriteInstanceId(InstanceId);
        p.WriteParcelFileDescriptor(Apk);
        p.WriteParcelFileDescriptor(Idsig);
        p.WriteParcelFileDescriptorList(ExtraIdsigs);
        p.WriteParcelFileDescriptor(InstanceImage);
        p.WriteParcelFileDescriptor(EncryptedStorageImage);
        p.WriteUnion(Payload);
        p.WriteString(OsName);
        p.WriteInt32((int)DebugLevel);
        p.WriteBoolean(ProtectedVm);
        p.WriteInt32(MemoryMib);
        p.WriteInt32((int)CpuTopology);
        p.WriteParcelable(CustomConfig);
        p.WriteBoolean(HugePages);
        p.WriteBoolean(BoostUclamp);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Name = p.ReadRequiredString();
        InstanceId = p.ReadInstanceId();
        Apk = p.ReadRequiredDescriptor();
        Idsig = p.ReadRequiredDescriptor();
        ExtraIdsigs = p.ReadParcelFileDescriptorList();
        InstanceImage = p.ReadRequiredDescriptor();
        EncryptedStorageImage = p.ReadParcelFileDescriptor();
        Payload = p.ReadRequiredUnion<AppPayload>();
        OsName = p.ReadRequiredString();
        DebugLevel = (DebugLevel)p.ReadInt32();
        ProtectedVm = p.ReadBoolean();
        MemoryMib = p.ReadInt32();
        CpuTopology = (CpuTopology)p.ReadInt32();
        CustomConfig = p.ReadParcelable<CustomConfig>();
        HugePages = p.ReadBoolean();
        BoostUclamp = p.ReadBoolean();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Apk?.Dispose();
        Idsig?.Dispose();
        ExtraIdsigs.DisposeAll();
        InstanceImage?.Dispose();
        EncryptedStorageImage?.Dispose();
        Payload.Dispose();
        CustomConfig?.Dispose();
    }
}
