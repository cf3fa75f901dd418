using System.Buffers.Binary;
using System.Text;

namespace BootLoader.Apk;

/// <summary>The string pool of a binary XML. Strings are read when they are asked for: a pool may have thousands.</summary>
internal readonly ref struct AxmlStrings
{
    private readonly ReadOnlySpan<byte> _offsets;
    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _isUtf8;

    /// <summary>Takes a pool apart.</summary>
    /// <param name="chunk">The whole chunk.</param>
    /// <exception cref="ApkException">Its parts do not lie in it.</exception>
    public AxmlStrings(ReadOnlySpan<byte> chunk)
    {
        int header = chunk.Length < AxmlFormat.StringPoolHeader ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        if (header < AxmlFormat.StringPoolHeader)
        {
            throw new ApkException("the manifest's string pool is not whole");
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]), flags = BinaryPrimitives.ReadUInt32LittleEndian(chunk[16..]);
        uint start = BinaryPrimitives.ReadUInt32LittleEndian(chunk[20..]);
        if (count > (uint)(chunk.Length - header) / 4 || start > (uint)chunk.Length)
        {
            throw new ApkException($"the manifest's string pool of {chunk.Length} bytes cannot have {count} strings at byte {start}");
        }

        _offsets = chunk.Slice(header, (int)count * 4);
        _data = chunk[(int)start..];
        _isUtf8 = (flags & AxmlFormat.Utf8) != 0;
    }

    /// <summary>A string; null when it is meant to be none.</summary>
    /// <exception cref="ApkException">There is no such string, or it is broken.</exception>
    public string? this[uint index]
    {
        get
        {
            if (index == AxmlFormat.None)
            {
                return null;
            }

            uint offset = index < (uint)_offsets.Length / 4 ? BinaryPrimitives.ReadUInt32LittleEndian(_offsets[(int)(index * 4)..]) : uint.MaxValue;
            if (offset >= (uint)_data.Length)
            {
                throw Broken(index);
            }

            ReadOnlySpan<byte> rest = _data[(int)offset..];
            if (_isUtf8)
            {
                TakeLength8(ref rest, index); // in UTF-16 units
                int bytes = TakeLength8(ref rest, index);
                return bytes < rest.Length ? Encoding.UTF8.GetString(rest[..bytes]) : throw Broken(index);
            }

            int units = TakeLength16(ref rest, index);
            return units <= (rest.Length - 2) / 2 ? Encoding.Unicode.GetString(rest[..(units * 2)]) : throw Broken(index);
        }
    }

    private static int TakeLength8(ref ReadOnlySpan<byte> rest, uint index)
    {
        int length = rest.Length < 2 ? throw Broken(index) : rest[0];
        if ((length & 0x80) == 0)
        {
            rest = rest[1..];
            return length;
        }

        length = ((length & 0x7f) << 8) | rest[1];
        rest = rest[2..];
        return length;
    }

    private static int TakeLength16(ref ReadOnlySpan<byte> rest, uint index)
    {
        int length = rest.Length < 4 ? throw Broken(index) : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if ((length & 0x8000) == 0)
        {
            rest = rest[2..];
            return length;
        }

        length = ((length & 0x7fff) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
        rest = rest[4..];
        return length;
    }

    private static ApkException Broken(uint index) => new($"string {index} of the manifest does not lie in its string pool");
}
