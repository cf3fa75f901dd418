using System.Buffers.Binary;

namespace BootLoader.Firmware.Making;

/// <summary>The contents of the firmware's configuration data, and how they are written (see <see cref="PvmfwConfigFormat"/>).</summary>
public sealed class PvmfwConfigBlobs
{
    /// <summary>The DICE hand-over.</summary>
    public required ReadOnlyMemory<byte> DiceHandover { get; init; }

    /// <summary>The debug policy; empty for none.</summary>
    public ReadOnlyMemory<byte> DebugPolicy { get; init; }

    /// <summary>The overlay of devices that may be assigned; empty for none.</summary>
    public ReadOnlyMemory<byte> DeviceAssignment { get; init; }

    /// <summary>The reference device tree; empty for none.</summary>
    public ReadOnlyMemory<byte> ReferenceTree { get; init; }

    /// <summary>The blobs for reserved memory; empty for none.</summary>
    public ReadOnlyMemory<byte> ReservedMemory { get; init; }

    /// <summary>The oldest minor version, of those that boot loaders write today (1.1 on), that has an entry for everything.</summary>
    public int LeastMinorVersion
    {
        get
        {
            if (!ReservedMemory.IsEmpty)
            {
                return 3;
            }

            return ReferenceTree.IsEmpty ? 1 : 2;
        }
    }

    private ReadOnlyMemory<byte>[] InOrder => [DiceHandover, DebugPolicy, DeviceAssignment, ReferenceTree, ReservedMemory];

    /// <summary>Writes the data.</summary>
    /// <param name="minorVersion">From 0 to <see cref="PvmfwConfigFormat.NewestMinorVersion"/>.</param>
    /// <exception cref="FirmwareImageException">There is no hand-over, the version has no entry for a blob, or there is no such version.</exception>
    public byte[] ToBytes(int minorVersion)
    {
        if (minorVersion is < 0 or > PvmfwConfigFormat.NewestMinorVersion)
        {
            throw new FirmwareImageException($"configuration data has no version 1.{minorVersion}: 1.0 to 1.{PvmfwConfigFormat.NewestMinorVersion} are known");
        }

        if (DiceHandover.IsEmpty)
        {
            throw new FirmwareImageException("configuration data needs a DICE hand-over");
        }

        ReadOnlyMemory<byte>[] blobs = InOrder;
        int count = PvmfwConfigFormat.EntryCount(minorVersion);
        for (int index = count; index < blobs.Length; index++)
        {
            if (!blobs[index].IsEmpty)
            {
                throw new FirmwareImageException($"configuration data of version 1.{minorVersion} has no entry for {(PvmfwConfigEntry)index}: that is there from version 1.{index - 1} on");
            }
        }

        return Write(minorVersion, blobs.AsSpan(0, count));
    }

    private static byte[] Write(int minorVersion, ReadOnlySpan<ReadOnlyMemory<byte>> blobs)
    {
        long total = PvmfwConfigFormat.HeaderSize + (blobs.Length * PvmfwConfigFormat.EntrySize);
        foreach (ReadOnlyMemory<byte> blob in blobs)
        {
            total = Align(total, PvmfwConfigFormat.BlobAlignment) + blob.Length;
        }

        total = Align(total, PvmfwConfigFormat.BlobAlignment);
        if (total > PvmfwImage.MaximumSize)
        {
            throw new FirmwareImageException($"configuration data would have {total} bytes; at most {PvmfwImage.MaximumSize} are possible");
        }

        byte[] data = new byte[total];
        BinaryPrimitives.WriteUInt32LittleEndian(data, PvmfwConfigFormat.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(PvmfwConfigFormat.VersionOffset), (PvmfwConfigFormat.MajorVersion << 16) | minorVersion);
        BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(PvmfwConfigFormat.TotalSizeOffset), data.Length);
        int next = PvmfwConfigFormat.HeaderSize + (blobs.Length * PvmfwConfigFormat.EntrySize);
        for (int index = 0; index < blobs.Length; index++)
        {
            if (blobs[index].IsEmpty)
            {
                continue; // Offset and size stay 0: absent.
            }

            next = (int)Align(next, PvmfwConfigFormat.BlobAlignment);
            Span<byte> entry = data.AsSpan(PvmfwConfigFormat.HeaderSize + (index * PvmfwConfigFormat.EntrySize));
            BinaryPrimitives.WriteInt32LittleEndian(entry, next);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], blobs[index].Length);
            blobs[index].Span.CopyTo(data.AsSpan(next));
            next += blobs[index].Length;
        }

        return data;
    }

    private static long Align(long value, int alignment) => (value + alignment - 1) / alignment * alignment;
}
