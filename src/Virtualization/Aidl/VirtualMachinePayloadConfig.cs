using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The payload of a VM, named by the client (AVF VirtualMachinePayloadConfig.aidl). Disposing it closes its files.</summary>
public sealed class VirtualMachinePayloadConfig : IParcelable, IDisposable
{
    /// <summary>The payload's file name in the APK's directory of native code, such as <c>libpayload.so</c>; no path.</summary>
    public string PayloadBinaryName { get; set; } = "";

    /// <summary>Further APKs; each has an idsig in <see cref="VirtualMachineAppConfig.ExtraIdsigs"/>.</summary>
    public IReadOnlyList<FileDescriptor> ExtraApks { get; set; } = [];

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(PayloadBinaryName);
        p.WriteParcelFileDescriptorList(ExtraApks);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        PayloadBinaryName = p.ReadRequiredString();
        ExtraApks = p.ReadParcelFileDescriptorList();
    }

    /// <inheritdoc/>
    public void Dispose() => ExtraApks.DisposeAll();
}
