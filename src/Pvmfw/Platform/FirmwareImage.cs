namespace Pvmfw.Platform;

/// <summary>The image as it was loaded.</summary>
public static unsafe class FirmwareImage
{
    /// <summary>
    /// What lies behind the program: from the next multiple of 4 KiB to the end of the image's 2 MiB. It starts with the configuration data
    /// when that was appended, and is zeros else.
    /// </summary>
    public static ReadOnlySpan<byte> Config
    {
        get
        {
            ulong end = Processor.Address(&LinkerSymbols.ImageEnd);
            ulong start = (end + FirmwareLayout.PageSize - 1) & ~(FirmwareLayout.PageSize - 1);
            // SAFETY: the whole window is mapped, read-only.
            return new ReadOnlySpan<byte>((void*)start, (int)(FirmwareLayout.ImageAddress + FirmwareLayout.ImageSize - start));
        }
    }

    /// <summary>The AVB public key blob of who signs the kernels.</summary>
    public static ReadOnlySpan<byte> GuestKey
    {
        get
        {
            ulong start = Processor.Address(&LinkerSymbols.EmbeddedKey);
            // SAFETY: a constant of the image.
            return new ReadOnlySpan<byte>((void*)start, (int)(Processor.Address(&LinkerSymbols.EmbeddedKeyEnd) - start));
        }
    }

    /// <summary>The configuration data, to wipe its secrets. The page of the image it lies in becomes writable.</summary>
    public static Span<byte> WritableConfig()
    {
        ReadOnlySpan<byte> config = Config;
        ulong start = FirmwareLayout.ImageAddress + FirmwareLayout.ImageSize - (ulong)config.Length;
        PageTable.Map(start, (ulong)config.Length, PageAccess.ReadWrite);
        // SAFETY: just mapped; no code lies there.
        return new Span<byte>((void*)start, config.Length);
    }
}
