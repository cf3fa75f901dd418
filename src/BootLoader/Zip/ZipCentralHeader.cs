using System.Buffers.Binary;

namespace BootLoader.Zip;

/// <summary>A header of the central directory (APPNOTE.TXT, 4.3.12) whose fields are possible by themselves.</summary>
internal readonly ref struct ZipCentralHeader
{
    private ZipCentralHeader(ReadOnlySpan<byte> nameBytes, string name)
    {
        NameBytes = nameBytes;
        Name = name;
    }

    public ReadOnlySpan<byte> NameBytes { get; }

    public string Name { get; }

    public int Flags { get; private init; }

    public ZipMethod Method { get; private init; }

    public uint Crc32 { get; private init; }

    public long CompressedSize { get; private init; }

    public long Size { get; private init; }

    public long LocalOffset { get; private init; }

    public uint UnixMode { get; private init; }

    /// <summary>Takes the next one.</summary>
    /// <exception cref="ZipException">It is not whole, or says what is not supported.</exception>
    public static ZipCentralHeader Take(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < ZipFormat.CentralSize || BinaryPrimitives.ReadUInt32LittleEndian(rest) != ZipFormat.CentralSignature)
        {
            throw new ZipException("the central directory has fewer entries than its end record counts");
        }

        ReadOnlySpan<byte> header = rest;
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        int length = ZipFormat.CentralSize + nameLength
            + BinaryPrimitives.ReadUInt16LittleEndian(header[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        if (length > rest.Length)
        {
            throw new ZipException("the last entry of the central directory is not whole");
        }

        rest = rest[length..];
        ReadOnlySpan<byte> nameBytes = header.Slice(ZipFormat.CentralSize, nameLength);
        string name = ZipName.Read(nameBytes);
        int madeBy = BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) >> 8;
        var read = new ZipCentralHeader(nameBytes, name)
        {
            Flags = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]),
            Method = (ZipMethod)BinaryPrimitives.ReadUInt16LittleEndian(header[10..]),
            Crc32 = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]),
            CompressedSize = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]),
            Size = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]),
            LocalOffset = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]),
            UnixMode = madeBy == ZipFormat.MadeOnUnix ? BinaryPrimitives.ReadUInt32LittleEndian(header[38..]) >> 16 : 0,
        };
        return read.Fault(BinaryPrimitives.ReadUInt16LittleEndian(header[34..])) is { } fault
            ? throw new ZipException($"the entry '{ZipName.Shown(name)}' {fault}")
            : read;
    }

    private string? Fault(int disk) => this switch
    {
        { Flags: var flags } when (flags & ZipFormat.Encrypted) != 0 => "is encrypted, which is not supported",
        { Flags: var flags } when (flags & ZipFormat.Patched) != 0 => "is a patch, which is not supported",
        { Method: not (ZipMethod.Stored or ZipMethod.Deflated) } => $"is compressed with method {(int)Method}: only stored (0) and deflated (8) are supported",
        { Size: ZipFormat.InZip64 } or { CompressedSize: ZipFormat.InZip64 } or { LocalOffset: ZipFormat.InZip64 } => "needs ZIP64, which is not supported",
        _ when disk != 0 => $"lies in part {disk} of an archive of several parts, which is not supported",
        { Method: ZipMethod.Stored } when Size != CompressedSize => $"is stored, but has {CompressedSize} bytes that would become {Size}",
        _ when Name.EndsWith('/') && Size != 0 => "is a directory with content",
        _ => null,
    };
}
