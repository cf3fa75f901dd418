using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A disk of a VM: one image, or partitions that are put together (AVF DiskImage.aidl). Disposing it closes its files.</summary>
public sealed class DiskImage : IParcelable, IDisposable
{
    /// <summary>The image; null where the disk has partitions.</summary>
    public FileDescriptor? Image { get; set; }

    /// <summary>The guest may write it.</summary>
    public bool Writable { get; set; }

    /// <summary>The partitions; none where the disk has an image.</summary>
    public IReadOnlyList<Partition> Partitions { get; set; } = [];

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteParcelFileDescriptor(Image);
        p.WriteBoolean(Writable);
        p.WriteParcelableList(Partitions);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Image = p.ReadParcelFileDescriptor();
        Writable = p.ReadBoolean();
        Partitions = p.ReadParcelableList<Partition>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Image?.Dispose();
        Partitions.DisposeAll();
    }
}
