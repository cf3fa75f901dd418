using System.Buffers.Binary;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block.Formats.AndroidSparse;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Block.Formats.Composite;

/// <summary>The open files of a composite disk: one descriptor for each file and kind of access, however many components it has.</summary>
/// <param name="disk">The composite disk's name, for messages.</param>
internal sealed class ComponentFiles(string disk) : IDisposable
{
    private readonly Dictionary<(string Path, bool Writable), DiskDescriptor> _files = [];

    /// <summary>Opens a component's file, or finds it open.</summary>
    /// <param name="component">The component.</param>
    /// <param name="writable">Whether to open it for writing.</param>
    /// <exception cref="DiskFormatException">The file is too short, or is an image that cannot be a component.</exception>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    public FileDescriptor Open(CompositeComponent component, bool writable)
    {
        if (!_files.TryGetValue((component.Path, writable), out DiskDescriptor? file))
        {
            file = ImageFile.Open(component.Path, writable);
            _files.Add((component.Path, writable), file);
        }

        ulong needed = component.FileOffset + component.Length;
        ulong length = ImageFile.Length(file);
        if (length < needed)
        {
            throw new DiskFormatException(disk, $"needs {needed} bytes of its component {component.Path}, which has {length}");
        }

        if (!component.IsWritable)
        {
            RefuseOtherFormats(component.Path, file, component.FileOffset, component.Length);
        }

        return file;
    }

    /// <summary>Locks all files: one that is written exclusively, one that is only read shared.</summary>
    /// <exception cref="DiskFormatException">Another program has one locked.</exception>
    /// <exception cref="LinuxException">The file system cannot lock.</exception>
    public void Lock()
    {
        foreach (((string path, bool writable), DiskDescriptor file) in _files)
        {
            // A lock belongs to an open file, so two of one file would meet: the exclusive one does for both.
            bool mayLock = writable || !_files.ContainsKey((path, true));
            if (mayLock && !file.TryLock(writable))
            {
                throw new DiskFormatException(
                    disk, $"has the component {path}, which another program has locked; with lock=false it would be used all the same, and two writers destroy a file system");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DiskDescriptor file in _files.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>
    /// A component is raw, whatever it begins with. But an image that no guest writes, or that is new, and that begins as another format is a
    /// mistake worth a word.
    /// </summary>
    /// <param name="name">The image, for messages.</param>
    /// <param name="file">Its file.</param>
    /// <param name="offset">Where it begins in the file.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="DiskFormatException">It is one of the other formats.</exception>
    public static void RefuseOtherFormats(string name, FileDescriptor file, ulong offset, ulong length)
    {
        Span<byte> head = stackalloc byte[CompositeSpecification.Magic.Length];
        if (length < (ulong)head.Length || FileTransfer.ReadAll(file, head, offset) != 0)
        {
            return;
        }

        string? format = head.SequenceEqual(CompositeSpecification.Magic) ? "a composite disk"
            : BinaryPrimitives.ReadUInt32LittleEndian(head) == SparseFormat.SPARSE_HEADER_MAGIC ? "an Android sparse image (simg2img makes it raw)"
            : BinaryPrimitives.ReadUInt32BigEndian(head) == Qcow2Format.Magic ? "a qcow2 image (qemu-img convert -O raw makes it raw)"
            : null;
        if (format is not null)
        {
            throw new DiskFormatException(name, $"is {format}; components of a composite disk are raw images");
        }
    }
}
