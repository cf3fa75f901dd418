using System.Buffers.Binary;
using Kvm.Interop;
using Kvm.Interop.Files;

namespace Virtio.Block.Formats.Qcow2;

/// <summary>The file of an image: its end, its fixed facts, and whether it can still be trusted.</summary>
internal sealed class Qcow2Image
{
    /// <param name="file">The open file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="length">Its length in bytes: of whole clusters, where it is written.</param>
    /// <param name="readOnly">It is never written.</param>
    public Qcow2Image(FileDescriptor file, Qcow2Header header, ulong length, bool readOnly)
    {
        File = file;
        Header = header;
        Geometry = header.Geometry;
        End = length;
        IsReadOnly = readOnly;
        Metadata = new Qcow2MetadataMap(header.Geometry);
    }

    public FileDescriptor File { get; }

    public Qcow2Header Header { get; }

    public Qcow2Geometry Geometry { get; }

    public bool IsReadOnly { get; }

    public Qcow2MetadataMap Metadata { get; }

    /// <summary>Where the file ends, in bytes.</summary>
    public ulong End { get; private set; }

    /// <summary>Why the image is written no more; null while it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether an offset is the start of a cluster in the file behind the header.</summary>
    public bool IsCluster(ulong offset) => offset != 0 && Geometry.Within(offset) == 0 && offset < End;

    /// <summary>Reads a part of the file; behind its end there are zeros.</summary>
    /// <returns>0 or an errno.</returns>
    public int Read(Span<byte> buffer, ulong offset)
    {
        int available = (int)Math.Min((ulong)buffer.Length, End > offset ? End - offset : 0);
        buffer[available..].Clear();
        return FileTransfer.ReadAll(File, buffer[..available], offset);
    }

    /// <summary>Told of every write of metadata before it is made: where, and how many bytes. For tests of what a host that stops leaves.</summary>
    public Action<ulong, int>? Writing { get; set; }

    /// <summary>Told of every barrier that was passed, for the same tests.</summary>
    public Action? Passed { get; set; }

    /// <summary>Writes all bytes of a buffer.</summary>
    /// <returns>0 or an errno.</returns>
    public int Write(ReadOnlySpan<byte> buffer, ulong offset)
    {
        Writing?.Invoke(offset, buffer.Length);
        return FileTransfer.WriteAll(File, buffer, offset);
    }

    /// <summary>
    /// What was written is durable before what is written next. Where that fails the kernel may have dropped any of it, so the image is not
    /// written again.
    /// </summary>
    /// <returns>0 or EIO.</returns>
    public int Barrier()
    {
        if (FileSpace.Flush(File) != 0)
        {
            return Fail("what was written to it could not be made durable");
        }

        Passed?.Invoke();
        return 0;
    }

    /// <summary>Makes the file longer, so that no read of a cluster meets its end.</summary>
    /// <returns>0 or an errno.</returns>
    public int ExtendTo(ulong end)
    {
        if (end <= End)
        {
            return 0;
        }

        int error = FileSpace.Resize(File, end);
        End = error == 0 ? end : End;
        return error;
    }

    /// <summary>The image is written no more.</summary>
    /// <returns>EIO.</returns>
    public int Fail(string fault)
    {
        Fault ??= fault;
        return Errno.EIO;
    }

    /// <summary>The image contradicts itself: it is marked so, and from now on only read.</summary>
    /// <param name="fault">What was found.</param>
    /// <returns>EIO.</returns>
    public int Corrupt(string fault)
    {
        if (Fault is null && !IsReadOnly)
        {
            Fault = fault;
            if (Header.Version >= 3)
            {
                Span<byte> features = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64BigEndian(features, Header.IncompatibleFeatures | Qcow2Format.IncompatibleCorrupt);
                // Where even that fails there is nothing more to do: the image is not written again.
                _ = Write(features, Qcow2Format.IncompatibleFeaturesOffset) == 0 && FileSpace.Flush(File) == 0;
            }
        }

        return Errno.EIO;
    }
}
