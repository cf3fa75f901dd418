namespace BootLoader.DeviceMapper;

/// <summary>Writes the parameters of device-mapper targets (Documentation/admin-guide/device-mapper of the kernel). What does not fit is not written.</summary>
/// <remarks>Allocates nothing and throws nothing, so that code without a runtime shares it.</remarks>
public static class DeviceMapperTable
{
    /// <summary>The type of a target that maps to a part of another device.</summary>
    public static ReadOnlySpan<byte> Linear => "linear"u8;

    /// <summary>The type of a target whose blocks are verified by a hash tree.</summary>
    public static ReadOnlySpan<byte> Verity => "verity"u8;

    /// <summary>The type of a target whose blocks are encrypted.</summary>
    public static ReadOnlySpan<byte> Crypt => "crypt"u8;

    /// <summary>The parameters of a linear target.</summary>
    /// <param name="output">Takes them.</param>
    /// <param name="device">The device below, a path or MAJOR:MINOR.</param>
    /// <param name="firstSector">Where in it the target begins, in sectors of 512 bytes.</param>
    /// <returns>Their length; 0 when they do not fit.</returns>
    public static int WriteLinear(Span<byte> output, ReadOnlySpan<byte> device, ulong firstSector)
    {
        var text = new TableText(output);
        text.Append(device);
        text.AppendNumber(firstSector);
        return text.Length;
    }

    /// <summary>The parameters of a verity target of version 1 with blocks of 4096 bytes and SHA-256 (verity.rst).</summary>
    /// <param name="output">Takes them.</param>
    /// <param name="dataDevice">The device of the data, a path or MAJOR:MINOR.</param>
    /// <param name="hashDevice">The device of the hash tree; may be the same.</param>
    /// <param name="dataBlocks">The blocks of data.</param>
    /// <param name="hashStartBlock">The block of the hash device that the tree's highest level begins with.</param>
    /// <param name="rootDigest">32 bytes.</param>
    /// <param name="salt">The salt; empty for none.</param>
    /// <param name="options">Options as words, without their count; empty for none.</param>
    /// <param name="optionCount">How many words they are.</param>
    /// <returns>Their length; 0 when they do not fit.</returns>
    public static int WriteVerity(
        Span<byte> output,
        ReadOnlySpan<byte> dataDevice,
        ReadOnlySpan<byte> hashDevice,
        ulong dataBlocks,
        ulong hashStartBlock,
        ReadOnlySpan<byte> rootDigest,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> options = default,
        int optionCount = 0)
    {
        var text = new TableText(output);
        text.Append("1"u8);
        text.Append(dataDevice);
        text.Append(hashDevice);
        text.Append("4096 4096"u8);
        text.AppendNumber(dataBlocks);
        text.AppendNumber(hashStartBlock);
        text.Append("sha256"u8);
        text.AppendHexadecimal(rootDigest);
        if (salt.Length == 0)
        {
            text.Append("-"u8);
        }
        else
        {
            text.AppendHexadecimal(salt);
        }

        if (optionCount > 0)
        {
            text.AppendNumber((ulong)optionCount);
            text.Append(options);
        }

        return text.Length;
    }

    /// <summary>The parameters of a crypt target whose sectors have 4096 bytes, numbered by themselves (dm-crypt.rst: sector_size, iv_large_sectors).</summary>
    /// <param name="output">Takes them. They hold the key: the caller wipes it.</param>
    /// <param name="cipher">The cipher, mode and numbering, as <c>aes-hctr2-plain64</c>.</param>
    /// <param name="key">The key.</param>
    /// <param name="device">The device below, a path or MAJOR:MINOR; all of it is mapped.</param>
    /// <returns>Their length; 0 when they do not fit.</returns>
    public static int WriteCrypt(Span<byte> output, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> key, ReadOnlySpan<byte> device)
    {
        var text = new TableText(output);
        text.Append(cipher);
        text.AppendHexadecimal(key);
        text.Append("0"u8); // The first sector's number.
        text.Append(device);
        text.Append("0"u8); // Where in the device the mapping begins.
        text.Append("2 sector_size:4096 iv_large_sectors"u8);
        return text.Length;
    }
}
