using System.Buffers;
using System.Buffers.Binary;

namespace BootLoader.Apk;

/// <summary>Writes what <see cref="PrefixedReader"/> reads.</summary>
internal sealed class PrefixedWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Adds a number.</summary>
    public void Add(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
    }

    /// <summary>Adds a byte.</summary>
    public void Add(byte value) => _bytes.Write([value]);

    /// <summary>Adds bytes after their length.</summary>
    public void AddPrefixed(ReadOnlySpan<byte> bytes)
    {
        Add((uint)bytes.Length);
        _bytes.Write(bytes);
    }

    /// <summary>Adds what another writer is given, after its length.</summary>
    public void AddNested(Action<PrefixedWriter> write)
    {
        var nested = new PrefixedWriter();
        write(nested);
        AddPrefixed(nested.Written);
    }

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => Written.ToArray();
}
