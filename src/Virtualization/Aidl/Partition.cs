using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A partition of a composite disk (AVF Partition.aidl). Disposing it closes its image.</summary>
public sealed class Partition : IParcelable, IDisposable
{
    /// <summary>Its name, which the guest finds it by; at most 36 UTF-16 units.</summary>
    public string Label { get; set; } = "";

    /// <summary>The file with its content; never null on the wire.</summary>
    public FileDescriptor? Image { get; set; }

    /// <summary>The guest may write it.</summary>
    public bool Writable { get; set; }

    /// <summary>Its GUID; null for a random one.</summary>
    public string? Guid { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(Label);
        p.WriteParcelFileDescriptor(Image);
        p.WriteBoolean(Writable);
        p.WriteString(Guid);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Label = p.ReadRequiredString();
        Image = p.ReadRequiredDescriptor();
        Writable = p.ReadBoolean();
        Guid = p.ReadString();
    }

    /// <inheritdoc/>
    public void Dispose() => Image?.Dispose();
}
