using BootLoader.Compression;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>Opens an image and the chain of its backing files.</summary>
internal static class Qcow2Opener
{
    /// <summary>Opens an image.</summary>
    /// <param name="file">The image; disposed where this fails.</param>
    /// <param name="readOnly">The image is not changed.</param>
    /// <param name="allowBacking">Backing files are opened.</param>
    /// <param name="above">The images that this one backs.</param>
    public static Qcow2Disk Open(FileDescriptor file, bool readOnly, bool allowBacking, IReadOnlyList<string> above)
    {
        IDisk? backing = null;
        try
        {
            ulong length = ImageFile.Length(file);
            Qcow2Header header = ReadHeader(file, length);
            CheckState(file.Name, header, readOnly);
            backing = OpenBacking(file.Name, header, allowBacking, above);
            Qcow2Image image = new(file, header, readOnly ? length : header.Geometry.RoundUp(length), readOnly);
            Qcow2Store store = Qcow2Store.Load(image);
            if (!readOnly)
            {
                MakeWritable(image, length);
            }

            return new Qcow2Disk(store, backing);
        }
        catch
        {
            file.Dispose();
            backing?.Dispose();
            throw;
        }
    }

    private static Qcow2Header ReadHeader(FileDescriptor file, ulong length)
    {
        // The largest cluster there is; a shorter one is the header's own matter.
        byte[] head = new byte[Math.Min(length, 1 << Qcow2Format.MaxClusterBits)];
        int error = FileTransfer.ReadAll(file, head, 0);
        return error == 0 ? Qcow2Header.Parse(file.Name, head, length) : throw new LinuxException("pread", file.Name, error);
    }

    private static void CheckState(string name, Qcow2Header header, bool readOnly)
    {
        if (header.CompressionType == Qcow2Format.CompressionZstd && ZstdFrame.Missing is { } missing)
        {
            throw new DiskFormatException(name, $"is compressed by zstd: {missing}");
        }

        if (!readOnly && (header.IncompatibleFeatures & Qcow2Format.IncompatibleCorrupt) != 0)
        {
            throw new DiskFormatException(name, "is marked as corrupt and can only be read: qemu-img check -r all repairs it, ro reads it as it is");
        }

        if (!readOnly && (header.IncompatibleFeatures & Qcow2Format.IncompatibleDirty) != 0)
        {
            throw new DiskFormatException(name, "was not closed, and its reference counts are not up to date: qemu-img check -r all repairs it, ro reads it as it is");
        }
    }

    /// <summary>The file ends with a whole cluster, and what others remember of its content holds no more.</summary>
    private static void MakeWritable(Qcow2Image image, ulong length)
    {
        int error = image.End == length ? 0 : FileSpace.Resize(image.File, image.End);
        if (error == 0 && image.Header.AutoclearFeatures != 0)
        {
            Span<byte> none = stackalloc byte[sizeof(ulong)];
            none.Clear();
            error = image.Write(none, Qcow2Format.AutoclearFeaturesOffset);
            error = error == 0 ? image.Barrier() : error;
        }

        if (error != 0)
        {
            throw new LinuxException("pwrite", image.File.Name, error);
        }
    }

    private static IDisk? OpenBacking(string name, Qcow2Header header, bool allowBacking, IReadOnlyList<string> above)
    {
        if (header.BackingFile is not { } backing)
        {
            return null;
        }

        string shown = string.Concat(backing.Select(static letter => char.IsControl(letter) ? '?' : letter));
        if (!allowBacking)
        {
            throw new DiskFormatException(name, $"has the backing file {shown}, which is opened only with allow-backing");
        }

        if (backing.StartsWith("json:", StringComparison.Ordinal) || backing.Contains('\0', StringComparison.Ordinal))
        {
            throw new DiskFormatException(name, $"has the backing file {shown}, which is no path");
        }

        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(name)) ?? "/", backing);
        string[] chain = [.. above, Real(name)];
        if (chain.Contains(Real(path)))
        {
            throw new DiskFormatException(name, $"has the backing file {shown}, which it backs itself");
        }

        if (chain.Length >= Qcow2Format.MaxChain)
        {
            throw new DiskFormatException(name, $"is number {chain.Length} of a chain of backing files and has the further one {shown}; at most {Qcow2Format.MaxChain} are possible");
        }

        return header.BackingFormat switch
        {
            "raw" => OpenRaw(path),
            "qcow2" => Open(ImageFile.Open(path, writable: false), readOnly: true, allowBacking, chain),
            null => throw new DiskFormatException(name, $"does not say of which format its backing file {shown} is (qemu-img rebase -u -b {shown} -F FORMAT sets it)"),
            _ => throw new DiskFormatException(name, $"has a backing file of a format other than raw and qcow2: {shown}"),
        };
    }

    private static RawImage OpenRaw(string path)
    {
        FileDescriptor file = ImageFile.Open(path, writable: false);
        try
        {
            return new RawImage(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string Real(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException)
        {
            return full;
        }
    }
}
