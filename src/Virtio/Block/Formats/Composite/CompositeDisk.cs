using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Composite;

/// <summary>A disk put together from raw images, as crosvm's <c>composite_disk</c> describes it.</summary>
public sealed class CompositeDisk : IDisk
{
    private readonly CompositeComponent[] _components;
    private readonly FileDescriptor[] _files;
    private readonly ComponentFiles _open;
    private readonly FileDescriptor _file;

    private CompositeDisk(FileDescriptor file, CompositeSpecification specification, FileDescriptor[] files, ComponentFiles open, bool readOnly)
    {
        _file = file;
        _components = [.. specification.Components];
        _files = files;
        _open = open;
        Size = specification.Length;
        IsReadOnly = readOnly || !_components.Any(static component => component.IsWritable);
    }

    /// <inheritdoc/>
    public ulong Size { get; }

    /// <summary>Writing fails with EROFS everywhere; so it also does in a component that is only read.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Reads a specification and opens its components.</summary>
    /// <param name="file">The specification, open for reading; the disk's from here on, also when this fails.</param>
    /// <param name="readOnly">No component is written, whatever the specification allows.</param>
    /// <param name="lockFiles">Components are locked against other programs that lock too: what is written exclusively, what is read shared.</param>
    /// <exception cref="DiskFormatException">The specification is not good, or a component does not fit it, or is locked.</exception>
    /// <exception cref="LinuxException">The specification cannot be read, or a component not be opened.</exception>
    public static CompositeDisk Open(FileDescriptor file, bool readOnly, bool lockFiles)
    {
        ComponentFiles open = new(file.Name);
        try
        {
            CompositeSpecification specification = CompositeSpecification.Read(file);
            FileDescriptor[] files = [.. specification.Components.Select(component => open.Open(component, component.IsWritable && !readOnly))];
            if (lockFiles)
            {
                open.Lock();
            }

            return new CompositeDisk(file, specification, files, open, readOnly);
        }
        catch
        {
            open.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DiskExtent Locate(ulong offset, ulong length, bool forWrite)
    {
        int index = Find(offset);
        CompositeComponent component = _components[index];
        length = Math.Min(length, component.End - offset);
        return forWrite && !MayWrite(component)
            ? new DiskExtent(DiskExtentKind.Blocking, length)
            : new DiskExtent(DiskExtentKind.File, length, _files[index], component.FileOffset + (offset - component.Offset));
    }

    /// <inheritdoc/>
    public int Read(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        ulong left = cursor.Remaining;
        int error = 0;
        while (left > 0 && error == 0)
        {
            DiskExtent extent = Locate(offset, left, forWrite: false);
            error = FileIo.Read(extent.File!, ref cursor, extent.FileOffset, extent.Length);
            offset += extent.Length;
            left -= extent.Length;
        }

        return error;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<IoVector> vectors, ulong offset)
    {
        VectorCursor cursor = new(vectors);
        ulong left = cursor.Remaining;
        int error = CheckWritable(offset, left);
        while (left > 0 && error == 0)
        {
            DiskExtent extent = Locate(offset, left, forWrite: true);
            error = FileIo.Write(extent.File!, ref cursor, extent.FileOffset, extent.Length);
            offset += extent.Length;
            left -= extent.Length;
        }

        return error;
    }

    /// <inheritdoc/>
    public int Flush()
    {
        int first = 0;
        for (int i = 0; i < _files.Length && !IsReadOnly; i++)
        {
            // A file of several components is made durable with its first one.
            if (MayWrite(_components[i]) && Array.IndexOf(_files, _files[i]) == i)
            {
                int error = FileSpace.Flush(_files[i]);
                first = first == 0 ? error : first;
            }
        }

        return first;
    }

    /// <inheritdoc/>
    public int Discard(ulong offset, ulong length) => ForEach(offset, length, static extent => FileIo.Discard(extent.File!, extent.FileOffset, extent.Length));

    /// <inheritdoc/>
    public int WriteZeroes(ulong offset, ulong length, bool mayUnmap) =>
        mayUnmap
            ? ForEach(offset, length, static extent => FileIo.WriteZeroes(extent.File!, extent.FileOffset, extent.Length, mayUnmap: true))
            : ForEach(offset, length, static extent => FileIo.WriteZeroes(extent.File!, extent.FileOffset, extent.Length, mayUnmap: false));

    /// <summary>A composite disk has the size of its specification.</summary>
    /// <returns>EOPNOTSUPP.</returns>
    public int Resize(ulong size) => Errno.EOPNOTSUPP;

    /// <inheritdoc/>
    public void Dispose()
    {
        _open.Dispose();
        _file.Dispose();
    }

    private int ForEach(ulong offset, ulong length, Func<DiskExtent, int> action)
    {
        int error = CheckWritable(offset, length);
        while (length > 0 && error == 0)
        {
            DiskExtent extent = Locate(offset, length, forWrite: true);
            error = action(extent);
            offset += extent.Length;
            length -= extent.Length;
        }

        return error;
    }

    /// <summary>A request that a component must refuse changes no other component either.</summary>
    private int CheckWritable(ulong offset, ulong length)
    {
        while (length > 0)
        {
            CompositeComponent component = _components[Find(offset)];
            if (!MayWrite(component))
            {
                return Errno.EROFS;
            }

            ulong step = Math.Min(length, component.End - offset);
            offset += step;
            length -= step;
        }

        return 0;
    }

    private bool MayWrite(CompositeComponent component) => component.IsWritable && !IsReadOnly;

    private int Find(ulong offset)
    {
        int low = 0;
        int high = _components.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_components[middle].Offset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
