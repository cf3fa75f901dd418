using BootLoader.Fdt;
using Pvmfw.Platform;

namespace Pvmfw.SelfCheck;

/// <summary>Hands over to the kernel that the device tree names.</summary>
internal static class BootStrap
{
    /// <summary>Runs the firmware.</summary>
    /// <param name="address">Where the device tree lies.</param>
    public static void Run(ulong address)
    {
        if (!FirmwareMemory.TryMapFdt(address, out Span<byte> window))
        {
            Refuse("PVM_FIRMWARE_INVALID_FDT"u8);
        }

        if (!FdtReader.Open(window, out FdtReader fdt).IsNone
            || !fdt.TryFind("/memory"u8, out FdtNodeView memory)
            || !memory.TryGetProperty("reg"u8, out FdtPropertyView region)
            || !region.TryGetCell(0, out uint startHigh)
            || !region.TryGetCell(1, out uint startLow)
            || (((ulong)startHigh << 32) | startLow) != FirmwareLayout.RamStart
            || !region.TryGetCell(2, out uint sizeHigh)
            || !region.TryGetCell(3, out uint sizeLow)
            || !FirmwareMemory.SetRamSize(((ulong)sizeHigh << 32) | sizeLow)
            || !FirmwareMemory.Contains(address, FirmwareLayout.FdtWindowSize)
            || !fdt.TryFind("/config"u8, out FdtNodeView config)
            || !config.TryGetProperty("kernel-address"u8, out FdtPropertyView kernelAddress)
            || !kernelAddress.TryGetU32(out uint entry)
            || !config.TryGetProperty("kernel-size"u8, out FdtPropertyView kernelSize)
            || !kernelSize.TryGetU32(out uint size))
        {
            Refuse("PVM_FIRMWARE_INVALID_FDT"u8);
            return;
        }

        if (!FirmwareMemory.TryGetWindow(entry, size, out ReadOnlySpan<byte> kernel))
        {
            Refuse("PVM_FIRMWARE_INVALID_PAYLOAD"u8);
        }

        Span<byte> digest = stackalloc byte[32];
        ulong start = Processor.ReadCounter();
        FirmwareCryptography.Sha256(kernel, default, digest);
        ulong time = Processor.ReadCounter() - start;
        Uart.Write(Uart.Console, "pvmfw: kernel of "u8);
        Uart.WriteHex(Uart.Console, size);
        Uart.Write(Uart.Console, " bytes, digest "u8);
        Uart.WriteHex(Uart.Console, System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(digest));
        Uart.Write(Uart.Console, " in us "u8);
        Uart.WriteHex(Uart.Console, time * 1000000 / Processor.ReadCounterFrequency());
        Uart.Write(Uart.Console, Hypervisor.IsProtected ? ", protected\n"u8 : "\n"u8);
        Handoff.Run(address, (ulong)fdt.Blob.Length, entry);
    }

    private static void Refuse(ReadOnlySpan<byte> reason)
    {
        Uart.Write(Uart.Reason, "\n"u8);
        Uart.Write(Uart.Reason, reason);
        Uart.Write(Uart.Reason, "\n"u8);
        Psci.Reset();
    }
}
