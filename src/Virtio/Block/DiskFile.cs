using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kvm.Interop;
using Kvm.Interop.Files;
using Virtio.Block.Formats;
using Virtio.Block.Formats.AndroidSparse;
using Virtio.Block.Formats.Composite;
using Virtio.Block.Formats.Qcow2;

namespace Virtio.Block;

/// <summary>Opens the files behind disks. The format is what the caller says it is: a guest can write any magic into a raw disk.</summary>
public static class DiskFile
{
    /// <summary>Opens a disk.</summary>
    /// <param name="path">The file, or <c>/proc/self/fd/N</c>.</param>
    /// <param name="type">Its format.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="warn">Told, in one line, of what is likely a mistake.</param>
    /// <exception cref="DiskException">It cannot be opened, is locked, or is not what it should be.</exception>
    public static IDisk Open(string path, DiskType type, DiskOpenOptions options, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(warn);
        if (options.Direct && type != DiskType.Raw)
        {
            throw new DiskException($"{path}: direct is possible for type=raw only");
        }

        return type == DiskType.Raw ? OpenRaw(path, options, warn) : OpenFormat(path, type, options);
    }

    /// <summary>Opens and locks one file of a disk.</summary>
    /// <exception cref="DiskException">It cannot be opened, is locked, or is neither a regular file nor a block device.</exception>
    public static DiskDescriptor OpenDescriptor(string path, DiskOpenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        DiskDescriptor file = OpenUnchecked(path, options);
        try
        {
            if (!file.IsRegularFile && !file.IsBlockDevice)
            {
                throw new DiskException($"{path} is neither a regular file nor a block device");
            }

            if (!options.ReadOnly && !file.IsWritable)
            {
                throw new DiskException($"{path} is open for reading only; add ro, or hand over a descriptor that can be written");
            }

            if (options.Lock && !file.TryLock(exclusive: !options.ReadOnly))
            {
                throw new DiskException(
                    $"{path} is in use by another program, which has locked it; with lock=false it would be used all the same, and two writers destroy a file system");
            }

            return file;
        }
        catch (LinuxException e)
        {
            file.Dispose();
            throw new DiskException($"cannot use {path}: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static DiskDescriptor OpenUnchecked(string path, DiskOpenOptions options)
    {
        try
        {
            // O_DIRECT would be a flag of the open file, which the one who handed it over shares: only a file opened anew can have it.
            return DescriptorPath.TryParse(path, out int number) && !options.Direct
                ? DiskDescriptor.OfInherited(number, path)
                : DiskDescriptor.Open(path, !options.ReadOnly, options.Direct);
        }
        catch (LinuxException e)
        {
            string hint = e.Errno switch
            {
                Errno.EINVAL when options.Direct => "; its file system may have no O_DIRECT: leave direct out",
                Errno.EACCES or Errno.EROFS or Errno.EPERM when !options.ReadOnly => "; to only read it, add ro",
                _ => "",
            };
            throw new DiskException($"cannot open {path}: {Marshal.GetPInvokeErrorMessage(e.Errno)}{hint}", e);
        }
    }

    private static IDisk OpenFormat(string path, DiskType type, DiskOpenOptions options)
    {
        try
        {
            // The specification of a composite disk and a sparse image are never written.
            return type switch
            {
                DiskType.Composite => CompositeDisk.Open(OpenDescriptor(path, options with { ReadOnly = true }), options.ReadOnly, options.Lock),
                DiskType.Sparse => AndroidSparseDisk.Open(OpenDescriptor(path, options with { ReadOnly = true })),
                _ => Qcow2Disk.Open(OpenDescriptor(path, options), options.ReadOnly, options.AllowBacking),
            };
        }
        catch (DiskFormatException e)
        {
            throw new DiskException(e.Message, e);
        }
        catch (LinuxException e)
        {
            throw new DiskException($"cannot use {path}: {e.Message}", e);
        }
    }

    private static RawDisk OpenRaw(string path, DiskOpenOptions options, Action<string> warn)
    {
        DiskDescriptor file = OpenDescriptor(path, options);
        try
        {
            RawDisk disk = new(file, options.ReadOnly, options.Direct);
            if (disk.Size == 0)
            {
                throw new DiskException($"{path} has {file.Size} bytes; a disk has at least one sector of 512");
            }

            if (file.Size != disk.Size)
            {
                warn($"{path} has {file.Size} bytes; the last {file.Size - disk.Size} fill no sector of 512 and are not on the disk");
            }

            if (!options.Direct && NameFormat(file) is { } format)
            {
                warn($"{path} is used as a raw disk but begins like another format; if that is what it is, say type={format}");
            }

            return disk;
        }
        catch (LinuxException e)
        {
            file.Dispose();
            throw new DiskException($"cannot use {path}: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The format whose magic stands at the beginning of a file.</summary>
    private static unsafe string? NameFormat(FileDescriptor file)
    {
        byte* head = stackalloc byte[16];
        // SAFETY: 16 bytes on the stack, for the time of the call.
        if (FileTransfer.Read(file, [new IoVector(head, 16)], 0) != 16)
        {
            return null;
        }

        ReadOnlySpan<byte> magic = new(head, 16);
        return magic.StartsWith("QFI"u8) && magic[3] == 0xfb ? "qcow2"
            : magic.StartsWith("composite_disk\x1d"u8) ? "composite"
            : BinaryPrimitives.ReadUInt32LittleEndian(magic) == 0xed26ff3a ? "sparse"
            : null;
    }
}
