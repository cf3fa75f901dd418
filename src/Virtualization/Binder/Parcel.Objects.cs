using System.Buffers.Binary;
using Kvm.Interop.Files;

namespace Virtualization.Binder;

/// <content>Objects and descriptors.</content>
public sealed partial class Parcel
{
    /// <summary>Objects that were written, or read already, with where they lie.</summary>
    private List<(int Position, IBinder Binder)>? _binders;

    /// <summary>Descriptors that were written, or came along; the parcel's own, so that each reader gets a duplicate.</summary>
    private List<FileDescriptor>? _descriptors;
    private List<int>? _descriptorPositions;

    /// <summary>Writes a reference to an object: one of this process, or one that came from the peer it is sent to.</summary>
    public void WriteStrongBinder(IBinder? value)
    {
        if (value is null)
        {
            WriteInt32(RpcWire.NullBinderType);
            WriteInt32(Stability.Undeclared);
            return;
        }

        (_binders ??= []).Add((_position, value));
        WriteInt32(RpcWire.BinderType);
        WriteUInt64(0); // the address, which belongs to a session
        WriteInt32(Stability.System);
    }

    /// <summary>Reads a reference to an object. One object has one <see cref="BinderProxy"/>: it comes again while it is in use.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here; BadValue for an address that cannot be.</exception>
    public IBinder? ReadStrongBinder()
    {
        int position = _position;
        int type = ReadInt32();
        if (type == RpcWire.NullBinderType)
        {
            ReadInt32(); // no stability
            return null;
        }

        if (type != RpcWire.BinderType)
        {
            _position = position;
            throw new BinderException(StatusCode.BadType, $"an object of type {type} at byte {position} of the parcel, where a binder must be");
        }

        ulong address = ReadUInt64();
        int stability = ReadInt32();
        if (!Stability.IsDeclared(stability))
        {
            throw new BinderException(StatusCode.BadType, $"the binder at byte {position} of the parcel has the stability {stability:#x}, which there is not");
        }

        foreach ((int known, IBinder binder) in _binders ?? [])
        {
            if (known == position)
            {
                return binder;
            }
        }

        if (_session is null)
        {
            throw new BinderException(StatusCode.BadType, $"what lies at byte {position} of the parcel was not written as a binder");
        }

        IBinder entered = _session.EnterBinder(address, out _);
        (_binders ??= []).Add((position, entered));
        return entered;
    }

    /// <summary>Writes a duplicate of a descriptor.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public void WriteFileDescriptor(FileDescriptor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        FileDescriptor duplicate = value.Duplicate();
        (_descriptors ??= []).Add(duplicate);
        (_descriptorPositions ??= []).Add(_position);
        WriteInt32(RpcWire.DescriptorType);
        WriteInt32(_descriptors.Count - 1);
    }

    /// <summary>Reads a descriptor, which is the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public FileDescriptor ReadFileDescriptor()
    {
        int position = _position;
        int type = ReadInt32();
        int index = ReadInt32();
        bool known = _session is null ? _descriptorPositions?.Contains(position) == true : IsInTable((uint)position);
        if (type != RpcWire.DescriptorType || !known || _descriptors is null || (uint)index >= (uint)_descriptors.Count)
        {
            _position = position;
            throw new BinderException(StatusCode.BadType, $"no descriptor lies at byte {position} of the parcel (type {type}, index {index} of {_descriptors?.Count ?? 0})");
        }

        return _descriptors[index].Duplicate();
    }

    /// <summary>Writes a <c>ParcelFileDescriptor</c>, perhaps null: 1, then 0 (no other channel), then a duplicate of the descriptor.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public void WriteParcelFileDescriptor(FileDescriptor? value)
    {
        if (value is null)
        {
            WriteInt32(0);
            return;
        }

        WriteInt32(1);
        WriteInt32(0);
        WriteFileDescriptor(value);
    }

    /// <summary>Reads a <c>ParcelFileDescriptor</c>, which is the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadType when something else lies here.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public FileDescriptor? ReadParcelFileDescriptor()
    {
        if (ReadInt32() == 0)
        {
            return null;
        }

        bool hasChannel = ReadInt32() != 0;
        FileDescriptor value = ReadFileDescriptor();
        if (hasChannel)
        {
            // The sender would like to be told when the descriptor is closed. That is for kernel binder's Java side; nobody is told.
            try
            {
                ReadFileDescriptor().Dispose();
            }
            catch
            {
                value.Dispose();
                throw;
            }
        }

        return value;
    }

    /// <summary>Writes a <c>ParcelFileDescriptor[]</c>.</summary>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public void WriteParcelFileDescriptorList(IReadOnlyList<FileDescriptor> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteInt32(value.Count);
        for (int i = 0; i < value.Count; i++)
        {
            WriteParcelFileDescriptor(value[i]);
        }
    }

    /// <summary>Reads a <c>ParcelFileDescriptor[]</c>, whose elements are the caller's to dispose.</summary>
    /// <exception cref="BinderException">NotEnoughData; UnexpectedNull; BadType when something else lies here.</exception>
    /// <exception cref="Kvm.Interop.LinuxException">The process has no descriptor left (EMFILE).</exception>
    public List<FileDescriptor> ReadParcelFileDescriptorList()
    {
        int count = RequireCount(sizeof(int));
        List<FileDescriptor> value = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                value.Add(ReadParcelFileDescriptor() ?? throw new BinderException(StatusCode.UnexpectedNull, $"element {i} of a list of descriptors is null"));
            }

            return value;
        }
        catch
        {
            value.ForEach(descriptor => descriptor.Dispose());
            throw;
        }
    }

    private void ReleaseObjects()
    {
        foreach (FileDescriptor descriptor in _descriptors ?? [])
        {
            descriptor.Dispose();
        }

        _descriptors = null;
        _descriptorPositions = null;
        RpcSession? session = _session;
        _session = null;
        if (session is not null && session.Version >= RpcWire.BinderPositions)
        {
            ReleaseUnread(session);
        }

        _tableStart = _tableSize = 0;
        _binders = null;
    }
}
