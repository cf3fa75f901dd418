namespace Virtualization;

/// <summary>What a <see cref="VirtualMachine"/> is made of (android.system.virtualmachine.VirtualMachineConfig). Made by <see cref="Builder"/>; never changes.</summary>
public sealed partial class VirtualMachineConfig
{
    private VirtualMachineConfig()
    {
    }

    /// <summary>The path of the APK that holds the payload; absolute.</summary>
    public string ApkPath { get; private init; } = "";

    /// <summary>The name of the package that the VM belongs to; empty where none was given. AVF takes it from the app's context.</summary>
    public string PackageName { get; private init; } = "";

    /// <summary>The paths of further APKs; absolute.</summary>
    public IReadOnlyList<string> ExtraApks { get; private init; } = [];

    /// <summary>The payload's file name in the APK; null where <see cref="PayloadConfigPath"/> is set.</summary>
    public string? PayloadBinaryName { get; private init; }

    /// <summary>The path of a payload configuration in the APK; null where <see cref="PayloadBinaryName"/> is set.</summary>
    public string? PayloadConfigPath { get; private init; }

    /// <summary>The operating system that runs the payload.</summary>
    public string Os { get; private init; } = Aidl.VirtualMachineAppConfig.DefaultOsName;

    /// <summary>What may be seen of the VM from outside.</summary>
    public DebugLevel DebugLevel { get; private init; }

    /// <summary>The host cannot read the VM's memory.</summary>
    public bool ProtectedVm { get; private init; }

    /// <summary>The memory in bytes; 0 for the operating system's default.</summary>
    public long MemoryBytes { get; private init; }

    /// <summary>How many processors it has.</summary>
    public CpuTopology CpuTopology { get; private init; }

    /// <summary>The size of the encrypted storage in bytes; 0 for none.</summary>
    public long EncryptedStorageBytes { get; private init; }

    /// <summary>Console and log can be read by <see cref="VirtualMachine.GetConsoleOutput"/> and <see cref="VirtualMachine.GetLogOutput"/>.</summary>
    public bool VmOutputCaptured { get; private init; }

    /// <summary>The console can be written to by <see cref="VirtualMachine.GetConsoleInput"/>.</summary>
    public bool VmConsoleInputSupported { get; private init; }

    /// <summary>The console has a terminal, which <c>vm console</c> opens.</summary>
    public bool ConnectVmConsole { get; private init; }

    /// <summary>The path of a disk image with modules of a vendor; null for none.</summary>
    public string? VendorDiskImage { get; private init; }

    /// <summary>Whether a VM of the other configuration can be run with this one and find its secrets and files again.</summary>
    /// <remarks>Only the memory, the processors and the path of the APK may differ.</remarks>
    public bool IsCompatibleWith(VirtualMachineConfig other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return DebugLevel == other.DebugLevel
            && ProtectedVm == other.ProtectedVm
            && EncryptedStorageBytes == other.EncryptedStorageBytes
            && VmOutputCaptured == other.VmOutputCaptured
            && VmConsoleInputSupported == other.VmConsoleInputSupported
            && ConnectVmConsole == other.ConnectVmConsole
            && VendorDiskImage is null == other.VendorDiskImage is null
            && PayloadConfigPath == other.PayloadConfigPath
            && PayloadBinaryName == other.PayloadBinaryName
            && PackageName == other.PackageName
            && Os == other.Os
            && ExtraApks.SequenceEqual(other.ExtraApks);
    }
}
