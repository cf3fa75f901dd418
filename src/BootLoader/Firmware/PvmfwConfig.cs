using System.Buffers.Binary;

namespace BootLoader.Firmware;

/// <summary>The firmware's configuration data, versions 1.0 to 1.3, in place (see <see cref="PvmfwConfigFormat"/>). Allocates nothing and throws nothing.</summary>
public readonly ref struct PvmfwConfig
{
    private PvmfwConfig(ReadOnlySpan<byte> data, uint version, uint flags)
    {
        Data = data;
        MajorVersion = (int)(version >> 16);
        MinorVersion = (int)(version & 0xffff);
        Flags = flags;
    }

    /// <summary>The data, cut to its total size.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The major version: 1.</summary>
    public int MajorVersion { get; }

    /// <summary>The minor version, as the header has it. One that is not known is read as the newest known.</summary>
    public int MinorVersion { get; }

    /// <summary>The flags. None are defined; those that are set are for the caller to tell about.</summary>
    public uint Flags { get; }

    /// <summary>The number of entries that are known.</summary>
    public int EntryCount => PvmfwConfigFormat.EntryCount(MinorVersion);

    /// <summary>The DICE hand-over, never empty.</summary>
    public ReadOnlySpan<byte> DiceHandover => this[PvmfwConfigEntry.DiceHandover];

    /// <summary>The debug policy; empty when there is none.</summary>
    public ReadOnlySpan<byte> DebugPolicy => this[PvmfwConfigEntry.DebugPolicy];

    /// <summary>The overlay of devices that may be assigned; empty when there is none.</summary>
    public ReadOnlySpan<byte> DeviceAssignment => this[PvmfwConfigEntry.DeviceAssignment];

    /// <summary>The reference device tree; empty when there is none.</summary>
    public ReadOnlySpan<byte> ReferenceTree => this[PvmfwConfigEntry.ReferenceTree];

    /// <summary>The blobs for reserved memory; empty when there are none.</summary>
    public ReadOnlySpan<byte> ReservedMemory => this[PvmfwConfigEntry.ReservedMemory];

    /// <summary>The blob of an entry; empty when it is absent.</summary>
    public ReadOnlySpan<byte> this[PvmfwConfigEntry entry]
    {
        get
        {
            if ((uint)entry >= (uint)EntryCount)
            {
                return default;
            }

            ReadEntry(Data, (int)entry, out uint offset, out uint size);
            return IsAbsent(offset, size) ? default : Data.Slice((int)offset, (int)size);
        }
    }

    /// <summary>Checks header and entries.</summary>
    /// <param name="bytes">The data from its header on; what follows its total size is left alone.</param>
    /// <param name="config">The data; usable only when no fault is returned.</param>
    public static PvmfwConfigFault Read(ReadOnlySpan<byte> bytes, out PvmfwConfig config)
    {
        config = default;
        if (bytes.Length < PvmfwConfigFormat.HeaderSize)
        {
            return Header(PvmfwConfigError.Truncated, (ulong)bytes.Length, PvmfwConfigFormat.HeaderSize);
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != PvmfwConfigFormat.Magic)
        {
            return Header(PvmfwConfigError.WrongMagic, magic, PvmfwConfigFormat.Magic);
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[PvmfwConfigFormat.VersionOffset..]);
        if (version >> 16 != PvmfwConfigFormat.MajorVersion)
        {
            return Header(PvmfwConfigError.UnsupportedVersion, version >> 16, PvmfwConfigFormat.MajorVersion);
        }

        int count = PvmfwConfigFormat.EntryCount((int)(version & 0xffff));
        ulong body = PvmfwConfigFormat.HeaderSize + ((ulong)count * PvmfwConfigFormat.EntrySize);
        uint total = BinaryPrimitives.ReadUInt32LittleEndian(bytes[PvmfwConfigFormat.TotalSizeOffset..]);
        if (total < body)
        {
            return Header(PvmfwConfigError.TotalSizeTooSmall, total, body);
        }

        if (total > (ulong)bytes.Length)
        {
            return Header(PvmfwConfigError.Truncated, (ulong)bytes.Length, total);
        }

        bytes = bytes[..(int)total];
        PvmfwConfigFault fault = CheckEntries(bytes, count, body);
        if (fault.IsNone)
        {
            config = new PvmfwConfig(bytes, version, BinaryPrimitives.ReadUInt32LittleEndian(bytes[PvmfwConfigFormat.FlagsOffset..]));
        }

        return fault;
    }

    private static PvmfwConfigFault CheckEntries(ReadOnlySpan<byte> data, int count, ulong body)
    {
        ulong least = body;
        for (int index = 0; index < count; index++)
        {
            var entry = (PvmfwConfigEntry)index;
            ReadEntry(data, index, out uint offset, out uint size);
            if (IsAbsent(offset, size))
            {
                if (entry == PvmfwConfigEntry.DiceHandover)
                {
                    return new PvmfwConfigFault(PvmfwConfigError.MissingHandover, entry, size, 1);
                }

                continue;
            }

            if (offset % PvmfwConfigFormat.BlobAlignment != 0)
            {
                return new PvmfwConfigFault(PvmfwConfigError.MisalignedEntry, entry, offset, PvmfwConfigFormat.BlobAlignment);
            }

            if (offset < least)
            {
                return new PvmfwConfigFault(PvmfwConfigError.EntryTooEarly, entry, offset, least);
            }

            ulong end = (ulong)offset + size;
            if (end > (ulong)data.Length)
            {
                return new PvmfwConfigFault(PvmfwConfigError.EntryTooLong, entry, end, (ulong)data.Length);
            }

            least = end;
        }

        return default;
    }

    private static bool IsAbsent(uint offset, uint size) => offset == 0 || size == 0;

    private static void ReadEntry(ReadOnlySpan<byte> data, int index, out uint offset, out uint size)
    {
        ReadOnlySpan<byte> entry = data[(PvmfwConfigFormat.HeaderSize + (index * PvmfwConfigFormat.EntrySize))..];
        offset = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        size = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
    }

    private static PvmfwConfigFault Header(PvmfwConfigError error, ulong value, ulong limit) => new(error, default, value, limit);
}
