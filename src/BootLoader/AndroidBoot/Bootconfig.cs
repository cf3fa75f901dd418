using System.Buffers.Binary;

namespace BootLoader.AndroidBoot;

/// <summary>
/// Bootconfig behind an initrd (Linux, Documentation/admin-guide/bootconfig.rst): text, zeros that align the whole, then
/// <c>u32 size, u32 checksum, "#BOOTCONFIG\n"</c>, little-endian. The kernel reads it when <c>bootconfig</c> is among its parameters.
/// </summary>
public static class Bootconfig
{
    /// <summary>Bytes of the longest text, its final NUL and zeros included (XBC_DATA_MAX).</summary>
    public const int MaximumSize = 32767;

    private const int TrailerSize = 20;

    private static ReadOnlySpan<byte> Magic => "#BOOTCONFIG\n"u8;

    /// <summary>Appends text to an initrd. Text that it has already stays the first.</summary>
    /// <param name="initrd">The initrd, with or without bootconfig.</param>
    /// <param name="text">Lines <c>key=value</c>, without NUL.</param>
    /// <exception cref="AndroidBootException">The text is too long, or the initrd's own is broken.</exception>
    public static byte[] Append(ReadOnlySpan<byte> initrd, ReadOnlySpan<byte> text)
    {
        BootconfigResult result = Read(initrd, out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> first);
        if (result is not (BootconfigResult.Ok or BootconfigResult.None))
        {
            throw new AndroidBootException(result == BootconfigResult.BadChecksum
                ? "the initrd has a bootconfig whose checksum is wrong"
                : "the initrd has a bootconfig that is longer than the initrd");
        }

        if (text.Contains((byte)0))
        {
            throw new AndroidBootException("a bootconfig cannot have a NUL");
        }

        bool newLine = first.Length > 0 && first[^1] != (byte)'\n';
        byte[] all = newLine ? [.. first, (byte)'\n', .. text, 0] : [.. first, .. text, 0];
        int size = all.Length + (-(plain.Length + all.Length) & 3);
        if (size > MaximumSize)
        {
            throw new AndroidBootException($"the bootconfig would have {size} bytes; {MaximumSize} are possible");
        }

        byte[] whole = new byte[plain.Length + size + TrailerSize];
        plain.CopyTo(whole);
        all.CopyTo(whole.AsSpan(plain.Length));
        Span<byte> trailer = whole.AsSpan(plain.Length + size);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, (uint)size);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], Checksum(whole.AsSpan(plain.Length, size)));
        Magic.CopyTo(trailer[8..]);
        return whole;
    }

    /// <summary>Finds the bootconfig of an initrd and verifies its checksum.</summary>
    /// <param name="initrd">The initrd, to its last byte.</param>
    /// <param name="plain">The initrd without it; the whole of it when there is none.</param>
    /// <param name="text">The text, without the zeros at its end; empty unless the result is <see cref="BootconfigResult.Ok"/>.</param>
    public static BootconfigResult Read(ReadOnlySpan<byte> initrd, out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> text)
    {
        plain = initrd;
        text = default;
        if (initrd.Length < TrailerSize || !initrd.EndsWith(Magic))
        {
            return BootconfigResult.None;
        }

        ReadOnlySpan<byte> before = initrd[..^TrailerSize], trailer = initrd[^TrailerSize..];
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (size > MaximumSize || size > before.Length)
        {
            return BootconfigResult.OutOfBounds;
        }

        ReadOnlySpan<byte> data = before[^(int)size..];
        if (Checksum(data) != BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]))
        {
            return BootconfigResult.BadChecksum;
        }

        plain = before[..^(int)size];
        text = data.TrimEnd((byte)0);
        return BootconfigResult.Ok;
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        foreach (byte value in data)
        {
            sum += value;
        }

        return sum;
    }
}
