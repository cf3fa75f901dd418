using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats;

/// <summary>Opens the further files that an image names: components and backing files.</summary>
internal static class ImageFile
{
    private static readonly string[] s_descriptorFolders = ["/proc/self/fd/", "/dev/fd/"];

    /// <summary>Opens a path; <c>/proc/self/fd/N</c> means the descriptor that the process was started with.</summary>
    /// <exception cref="LinuxException">It cannot be opened so.</exception>
    public static FileDescriptor Open(string path, bool writable)
    {
        foreach (string folder in s_descriptorFolders)
        {
            if (path.StartsWith(folder, StringComparison.Ordinal) && int.TryParse(path.AsSpan(folder.Length), out int number) && number >= 0)
            {
                return OpenInherited(number, path, writable);
            }
        }

        // Without O_NONBLOCK the open of a named pipe would wait for its other end.
        OpenFlags access = writable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY;
        return PosixFile.Open(path, access | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY);
    }

    /// <summary>The size of an image's file.</summary>
    /// <exception cref="LinuxException">It has none: it is a pipe or a directory.</exception>
    public static ulong Length(FileDescriptor file)
    {
        long length = FileSpace.Size(file);
        return length >= 0 ? (ulong)length : throw new LinuxException("lseek", file.Name, (int)-length, "an image is a regular file or a block device");
    }

    private static FileDescriptor OpenInherited(int number, string path, bool writable)
    {
        using FileDescriptor inherited = new(number, path, ownsHandle: false);
        FileDescriptor file = inherited.Duplicate();
        if (writable && !FileSpace.IsWritable(file))
        {
            file.Dispose();
            throw new DiskFormatException(path, "is not open for writing, and it is to be written");
        }

        return file;
    }
}
