using System.Runtime.CompilerServices;
using System.Threading;
using Pvmfw.Platform;

namespace Pvmfw.SelfCheck;

/// <summary>What a firmware must not survive; and, by the letter h, the start of a kernel.</summary>
internal static unsafe class Breakage
{
    public static void Run(byte kind, ulong fdt)
    {
        switch (kind)
        {
            case (byte)'s':
                Recurse(1);
                break;
            case (byte)'i':
                ReadOnlySpan<byte> three = FirmwareImage.Config[..3];
                SelfCheck.Check("an index out of range"u8, three[three.Length + kind] == 0);
                break;
            case (byte)'c':
                Volatile.Write((byte*)FirmwareLayout.ImageAddress, 0);
                break;
            case (byte)'x':
                ((delegate*<void>)FirmwareLayout.HandoverAddress)();
                break;
            case (byte)'n':
                SelfCheck.Check("unmapped memory"u8, Volatile.Read((byte*)FirmwareLayout.RamStart) == 0);
                break;
            case (byte)'u':
                PageTable.Map(FirmwareLayout.RamStart, 0x200000, PageAccess.Read);
                PageTable.Unmap(FirmwareLayout.RamStart, 1);
                SelfCheck.Check("the page after"u8, Volatile.Read((byte*)FirmwareLayout.RamStart + FirmwareLayout.PageSize) >= 0);
                Volatile.Read((byte*)FirmwareLayout.RamStart);
                break;
            case (byte)'h':
                FirmwareMemory.HandoverPage[0] = 0x11;
                FirmwareMemory.HandoverPage[^1] = 0x22;
                BootStrap.Run(fdt);
                break;
            case (byte)'k':
                FirmwareMemory.SetRamSize(64 << 20);
                FirmwareMemory.TryGetWindow(FirmwareLayout.RamStart, 0x200000, out _);
                Volatile.Write((byte*)FirmwareLayout.RamStart, 0);
                break;
            case (byte)'f':
                CheckSmash(fdt);
                break;
            default:
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Recurse(int depth)
    {
        Span<byte> frame = stackalloc byte[512];
        frame[depth & 511] = (byte)depth;
        return Recurse(depth + 1) + frame[0];
    }

    // Past the end of a frame by a bare pointer: the guard word in it changes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckSmash(ulong value)
    {
        byte* frame = stackalloc byte[16];
        for (int index = 0; index < 64; index++)
        {
            Volatile.Write(frame + index, (byte)value);
        }
    }
}
