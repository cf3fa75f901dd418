namespace BootLoader.Firmware.Making;

/// <summary>The firmware's image with its configuration data, as a boot loader leaves it in memory.</summary>
public static class PvmfwImage
{
    /// <summary>The most that image and configuration data may have: the region below the RAM where the firmware runs.</summary>
    public const int MaximumSize = 2 << 20;

    /// <summary>Puts the configuration data behind the image, at the next 4 KiB boundary.</summary>
    /// <param name="image">The image.</param>
    /// <param name="config">The configuration data.</param>
    /// <exception cref="FirmwareImageException">The image is empty, or both are too large together.</exception>
    public static byte[] Pack(ReadOnlySpan<byte> image, ReadOnlySpan<byte> config)
    {
        if (image.IsEmpty)
        {
            throw new FirmwareImageException("the firmware's image is empty");
        }

        long start = ((long)image.Length + PvmfwConfigFormat.HeaderAlignment - 1) / PvmfwConfigFormat.HeaderAlignment * PvmfwConfigFormat.HeaderAlignment;
        if (start + config.Length > MaximumSize)
        {
            throw new FirmwareImageException($"the firmware would have {start + config.Length} bytes with its configuration data; at most {MaximumSize} are possible");
        }

        byte[] packed = new byte[start + config.Length];
        image.CopyTo(packed);
        config.CopyTo(packed.AsSpan((int)start));
        return packed;
    }
}
