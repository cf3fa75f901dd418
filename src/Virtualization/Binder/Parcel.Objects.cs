using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <content>Objects and descriptors.</content>
public sealed partial class Parcel
{
    /// <summary>Writes a reference to an object: one of this process, or one that came from the peer it is sent to.</summary>
    public void WriteStrongBinder(IBinder? value) => throw new NotImplementedException();

    /// <summary>Reads a reference to an object.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here.</exception>
    public IBinder? ReadStrongBinder() => throw new NotImplementedException();

    /// <summary>Writes a duplicate of a descriptor.</summary>
    public void WriteFileDescriptor(FileDescriptor value) => throw new NotImplementedException();

    /// <summary>Reads a descriptor, which is the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here.</exception>
    public FileDescriptor ReadFileDescriptor() => throw new NotImplementedException();

    /// <summary>Writes a <c>ParcelFileDescriptor</c>, perhaps null: 1, then 0 (no other channel), then a duplicate of the descriptor.</summary>
    public void WriteParcelFileDescriptor(FileDescriptor? value) => throw new NotImplementedException();

    /// <summary>Reads a <c>ParcelFileDescriptor</c>, which is the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here.</exception>
    public FileDescriptor? ReadParcelFileDescriptor() => throw new NotImplementedException();

    /// <summary>Writes a <c>ParcelFileDescriptor[]</c>.</summary>
    public void WriteParcelFileDescriptorList(IReadOnlyList<FileDescriptor> value) => throw new NotImplementedException();

    /// <summary>Reads a <c>ParcelFileDescriptor[]</c>, whose elements are the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; UnexpectedNull; BadType when something else lies here.</exception>
    public List<FileDescriptor> ReadParcelFileDescriptorList() => throw new NotImplementedException();

    private void ReleaseObjects()
    {
    }
}
