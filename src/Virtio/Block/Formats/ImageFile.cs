using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>Opens the further files that an image names: components and backing files.</summary>
internal static class ImageFile
{
    /// <summary>Opens a path; <c>/proc/self/fd/N</c> means the descriptor that the process was started with.</summary>
    /// <exception cref="DiskFormatException">It is neither a regular file nor a block device, or the descriptor cannot be written.</exception>
    /// <exception cref="LinuxException">It cannot be opened so.</exception>
    public static DiskDescriptor Open(string path, bool writable)
    {
        DiskDescriptor file = DescriptorPath.TryParse(path, out int number)
            ? DiskDescriptor.OfInherited(number, path)
            : DiskDescriptor.Open(path, writable, direct: false);
        string? fault = writable && !file.IsWritable ? "is not open for writing, and it is to be written"
            : !file.IsRegularFile && !file.IsBlockDevice ? "is neither a regular file nor a block device"
            : null;
        if (fault is not null)
        {
            file.Dispose();
            throw new DiskFormatException(path, fault);
        }

        return file;
    }

    /// <summary>The size of an image's file.</summary>
    /// <exception cref="LinuxException">It has none: it is a pipe or a directory.</exception>
    public static ulong Length(FileDescriptor file)
    {
        long length = FileSpace.Size(file);
        return length >= 0 ? (ulong)length : throw new LinuxException("lseek", file.Name, (int)-length, "an image is a regular file or a block device");
    }
}
