using BootLoader.Fdt;
using Pvmfw.Platform;

namespace Pvmfw.SelfCheck;

/// <summary>Memory, entropy and the hypervisor's calls.</summary>
internal static class PlatformChecks
{
    private const ulong RamSize = 64 << 20;

    public static void Run(ulong fdt)
    {
        Span<byte> first = stackalloc byte[61];
        Span<byte> second = stackalloc byte[61];
        SelfCheck.Check("entropy"u8, Trng.Fill(first) && Trng.Fill(second) && !first.SequenceEqual(second) && !first[..24].SequenceEqual(first.Slice(24, 24)));
        SelfCheck.Check("KVM"u8, Hypervisor.IsKvm && Smccc.Version >= 0x10001);
        SelfCheck.Check("device tree"u8, FirmwareMemory.TryMapFdt(fdt, out Span<byte> window) && FdtReader.Open(window, out _).IsNone);
        SelfCheck.Check("a device tree outside of RAM"u8, !FirmwareMemory.TryMapFdt(0x7fffff00, out _) && !FirmwareMemory.TryMapFdt(ulong.MaxValue - 7, out _));
        SelfCheck.Check("the hand-over page is empty"u8, !((ReadOnlySpan<byte>)FirmwareMemory.HandoverPage).ContainsAnyExcept((byte)0));
        Ram();
        Sharing();
    }

    private static void Ram()
    {
        SelfCheck.Check("no RAM before its size is known"u8, !FirmwareMemory.TryGetWindow(FirmwareLayout.RamStart, 1, out _));
        SelfCheck.Check("RAM"u8, FirmwareMemory.SetRamSize(RamSize) && !FirmwareMemory.SetRamSize(ulong.MaxValue));
        ulong end = FirmwareLayout.RamStart + RamSize;
        SelfCheck.Check("its last byte"u8, FirmwareMemory.TryGetWindow(end - 1, 1, out ReadOnlySpan<byte> last) && last.Length == 1);
        SelfCheck.Check(
            "nothing beyond"u8,
            !FirmwareMemory.TryGetWindow(end - 1, 2, out _)
            && !FirmwareMemory.TryGetWindow(end, 1, out _)
            && !FirmwareMemory.TryGetWindow(end + 1, 0, out _)
            && !FirmwareMemory.TryGetWindow(end - 1, ulong.MaxValue, out _)
            && !FirmwareMemory.TryGetWindow(FirmwareLayout.ImageAddress, 1, out _));

        // A page inside a block that is split, and what lies around it.
        ulong block = FirmwareLayout.RamStart + (32 << 20);
        bool mapped = FirmwareMemory.TryGetWritableWindow(block, 4 << 20, out Span<byte> memory);
        memory[0x1fff] = 1;
        memory[0x2000] = 2;
        mapped &= FirmwareMemory.TryGetWindow(block + 0x2000, 0x1000, out ReadOnlySpan<byte> page);
        memory[0x1fff] += 3;
        memory[0x3000] = 5;
        SelfCheck.Check("a block is split"u8, mapped && page[0] == 2 && memory[0x1fff] == 4 && memory[0x3000] == 5 && memory[(4 << 20) - 1] == 0);
        mapped = FirmwareMemory.TryGetWritableWindow(block + 0x2000, 0x1000, out Span<byte> again);
        again[0] = 6;
        SelfCheck.Check("and made writable again"u8, mapped && page[0] == 6);
    }

    private static void Sharing()
    {
        ulong page = FirmwareLayout.RamStart + (48 << 20);
        if (Hypervisor.IsProtected)
        {
            Uart.Write(Uart.Console, "protected\n"u8);
            SelfCheck.Check("share granule"u8, Hypervisor.ShareGranule is >= 4096 and <= 65536);
            SelfCheck.Check("shared"u8, FirmwareMemory.TryGetWritableWindow(page, 4096, out Span<byte> memory) && Hypervisor.Share(page));
            memory[0] = 1;
            SelfCheck.Check("shared once"u8, !Hypervisor.Share(page));
            SelfCheck.Check("unshared"u8, Hypervisor.Unshare(page) && !Hypervisor.Unshare(page) && memory[0] == 1);
        }
        else
        {
            SelfCheck.Check("nothing to share"u8, !Hypervisor.Share(page));
        }
    }
}
