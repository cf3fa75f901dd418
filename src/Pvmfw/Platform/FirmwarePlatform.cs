namespace Pvmfw.Platform;

/// <summary>The machine that the firmware's logic runs on.</summary>
public readonly unsafe struct FirmwarePlatform : IPlatform
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Configuration => FirmwareImage.Config;

    /// <inheritdoc/>
    public static ReadOnlySpan<byte> GuestKey => FirmwareImage.GuestKey;

    /// <inheritdoc/>
    public static bool SharesMemory => Hypervisor.IsProtected;

    /// <inheritdoc/>
    public static ulong HandoverAddress => FirmwareLayout.HandoverAddress;

    /// <inheritdoc/>
    public static Span<byte> HandoverPage => FirmwareMemory.HandoverPage;

    /// <inheritdoc/>
    public static Span<byte> Scratch
    {
        get
        {
            ulong start = Processor.Address(&LinkerSymbols.WorkArea);
            // SAFETY: the linker keeps these bytes for this alone.
            return new Span<byte>((void*)start, (int)(Processor.Address(&LinkerSymbols.WorkAreaEnd) - start));
        }
    }

    /// <inheritdoc/>
    public static Span<byte> WritableConfiguration() => FirmwareImage.WritableConfig();

    /// <inheritdoc/>
    public static bool FillRandom(Span<byte> bytes) => Trng.Fill(bytes);

    /// <inheritdoc/>
    public static void WriteLine(ReadOnlySpan<byte> text, ulong number)
    {
        Uart.Write(Uart.Console, text);
        Uart.Write(Uart.Console, " "u8);
        Uart.WriteHex(Uart.Console, number);
        Uart.Write(Uart.Console, "\n"u8);
    }

    /// <inheritdoc/>
    public static bool TryMapTree(ulong address, out Span<byte> window) => FirmwareMemory.TryMapFdt(address, out window);

    /// <inheritdoc/>
    public static bool SetRamSize(ulong size) => FirmwareMemory.SetRamSize(size);

    /// <inheritdoc/>
    public static bool TryMapPayload(ulong address, ulong size, out ReadOnlySpan<byte> memory) =>
        FirmwareMemory.TryGetWindow(address, size, out memory);
}
