using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using BootLoader.Sources;

namespace BootLoader.Zip;

/// <summary>
/// Writes an archive. The same entries give the same bytes: no times, owners or random names go into it. Stored entries can be aligned, as
/// Android's zipalign does, so that they can be mapped or be read through dm-verity in place.
/// </summary>
public sealed class ZipArchiveWriter
{
    /// <summary>The mode of a regular file that everybody may read.</summary>
    public const uint RegularFile = 0x81a4; // 0100644

    /// <summary>The mode of a program that everybody may execute.</summary>
    public const uint ExecutableFile = 0x81ed; // 0100755

    // 1980-01-01, the first day that the format has.
    private const uint Time = 0x21 << 16;
    private const int CopySize = 1 << 20;

    private readonly Stream _output;
    private readonly MemoryStream _directory = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly long _start;

    /// <summary>Begins an archive.</summary>
    /// <param name="output">Takes it from where it stands; seekable, because sizes are known last and written first.</param>
    public ZipArchiveWriter(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _start = output.Position;
    }

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its path in the archive.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="method">How they are compressed.</param>
    /// <param name="alignment">What the place of a stored entry's bytes is a multiple of: a power of two up to 16384; 1 for any place.</param>
    /// <param name="unixMode">Kind and mode of the file.</param>
    /// <exception cref="ZipException">The name cannot be one or is there already, or the archive becomes too large.</exception>
    public void Add(string name, RandomAccessSource content, ZipMethod method, int alignment = 1, uint unixMode = RegularFile)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(content);
        ArgumentOutOfRangeException.ThrowIfNotEqual(int.IsPow2(alignment) && alignment <= 16384, true, nameof(alignment));
        Check(name, content.Length);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        long offset = Offset;
        byte[] local = new byte[ZipFormat.LocalSize + nameBytes.Length + ExtraSize(offset + ZipFormat.LocalSize + nameBytes.Length, method, alignment)];
        _output.Write(local);
        long begin = Offset;
        uint sum = Copy(content, method);
        long end = Offset;
        if (end > uint.MaxValue - 1)
        {
            throw new ZipException("the archive becomes larger than 4 GiB");
        }

        var entry = new Written(nameBytes, method, sum, (uint)(end - begin), (uint)content.Length);
        entry.WriteLocal(local, alignment);
        _output.Position = _start + offset;
        _output.Write(local);
        _output.Position = _start + end;
        _directory.Write(entry.Central((uint)offset, unixMode));
    }

    /// <summary>Writes the central directory and its end; nothing can be added then.</summary>
    /// <exception cref="ZipException">The archive becomes too large.</exception>
    public void Finish()
    {
        long offset = Offset;
        if (offset + _directory.Length > uint.MaxValue - 1)
        {
            throw new ZipException("the archive becomes larger than 4 GiB");
        }

        Span<byte> end = stackalloc byte[ZipFormat.EndSize];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, ZipFormat.EndSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], (ushort)_names.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], (ushort)_names.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)_directory.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)offset);
        _directory.WriteTo(_output);
        _output.Write(end);
    }

    private long Offset => _output.Position - _start;

    private static int ExtraSize(long at, ZipMethod method, int alignment)
    {
        if (method != ZipMethod.Stored || alignment == 1)
        {
            return 0;
        }

        // The extra field has at least its header and the alignment: 6 bytes.
        long data = (at + 6 + alignment - 1) & -alignment;
        return (int)(data - at);
    }

    private void Check(string name, long size)
    {
        if (ZipName.Fault(name) is { } fault)
        {
            throw new ZipException($"the entry '{ZipName.Shown(name)}' {fault}");
        }

        if (Encoding.UTF8.GetByteCount(name) > ushort.MaxValue || name.EndsWith('/'))
        {
            throw new ZipException($"the entry '{ZipName.Shown(name)}' has a name that is too long, or is a directory");
        }

        if (_names.Count == ushort.MaxValue - 1)
        {
            throw new ZipException($"more than {ushort.MaxValue - 1} entries need ZIP64, which is not supported");
        }

        if (size > uint.MaxValue - 1)
        {
            throw new ZipException($"the entry '{ZipName.Shown(name)}' has {size} bytes: at most {uint.MaxValue - 1} are possible");
        }

        if (!_names.Add(name))
        {
            throw new ZipException($"two entries have the name '{ZipName.Shown(name)}'");
        }
    }

    private uint Copy(RandomAccessSource content, ZipMethod method)
    {
        uint sum = ZipCrc32.Start;
        byte[] chunk = new byte[(int)Math.Min(CopySize, content.Length)];
        using Stream? deflate = method == ZipMethod.Deflated ? new DeflateStream(_output, CompressionLevel.Optimal, leaveOpen: true) : null;
        for (long at = 0; at < content.Length;)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, content.Length - at));
            content.ReadExactly(at, part);
            sum = ZipCrc32.Append(sum, part);
            (deflate ?? _output).Write(part);
            at += part.Length;
        }

        if (deflate is not null && content.Length == 0)
        {
            // DeflateStream writes nothing for nothing; RFC 1951 wants a last block, and this is the shortest.
            _output.Write([0x03, 0x00]);
        }

        return ~sum;
    }

    private sealed record Written(byte[] Name, ZipMethod Method, uint Sum, uint CompressedSize, uint Size)
    {
        public void WriteLocal(Span<byte> local, int alignment)
        {
            int extra = local.Length - ZipFormat.LocalSize - Name.Length;
            BinaryPrimitives.WriteUInt32LittleEndian(local, ZipFormat.LocalSignature);
            WriteCommon(local[4..]);
            BinaryPrimitives.WriteUInt16LittleEndian(local[28..], (ushort)extra);
            Name.CopyTo(local[ZipFormat.LocalSize..]);
            if (extra > 0)
            {
                Span<byte> field = local[(ZipFormat.LocalSize + Name.Length)..];
                BinaryPrimitives.WriteUInt16LittleEndian(field, ZipFormat.AlignmentExtra);
                BinaryPrimitives.WriteUInt16LittleEndian(field[2..], (ushort)(extra - 4));
                BinaryPrimitives.WriteUInt16LittleEndian(field[4..], (ushort)alignment);
            }
        }

        public byte[] Central(uint offset, uint unixMode)
        {
            byte[] central = new byte[ZipFormat.CentralSize + Name.Length];
            BinaryPrimitives.WriteUInt32LittleEndian(central, ZipFormat.CentralSignature);
            BinaryPrimitives.WriteUInt16LittleEndian(central.AsSpan(4), (ZipFormat.MadeOnUnix << 8) | 20);
            WriteCommon(central.AsSpan(6));
            BinaryPrimitives.WriteUInt32LittleEndian(central.AsSpan(38), unixMode << 16);
            BinaryPrimitives.WriteUInt32LittleEndian(central.AsSpan(42), offset);
            Name.CopyTo(central.AsSpan(ZipFormat.CentralSize));
            return central;
        }

        /// <summary>What both headers have, from the version needed to the length of the name.</summary>
        private void WriteCommon(Span<byte> fields)
        {
            bool isAscii = Name.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)0x7f) < 0;
            BinaryPrimitives.WriteUInt16LittleEndian(fields, (ushort)(Method == ZipMethod.Deflated ? 20 : 10));
            BinaryPrimitives.WriteUInt16LittleEndian(fields[2..], (ushort)(isAscii ? 0 : ZipFormat.Utf8));
            BinaryPrimitives.WriteUInt16LittleEndian(fields[4..], (ushort)Method);
            BinaryPrimitives.WriteUInt32LittleEndian(fields[6..], Time);
            BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], Sum);
            BinaryPrimitives.WriteUInt32LittleEndian(fields[14..], CompressedSize);
            BinaryPrimitives.WriteUInt32LittleEndian(fields[18..], Size);
            BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)Name.Length);
        }
    }
}
