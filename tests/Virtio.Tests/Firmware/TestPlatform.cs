using Pvmfw.Disk;

namespace Virtio.Tests.Firmware;

/// <summary>The machine that the driver sees: the test's, which is the thread's.</summary>
internal readonly struct TestPlatform : IDiskPlatform
{
    [ThreadStatic]
    private static TestMachine? s_machine;

    internal static TestMachine Machine
    {
        private get => s_machine!;
        set => s_machine = value;
    }

    public static ulong Address => TestMachine.DmaAddress;

    public static ulong Ticks => Machine.Ticks;

    public static ulong TicksPerSecond => TestMachine.TicksPerSecond;

    public static bool Map(ulong address, ulong length) => Machine.Map(address, length);

    public static void UnmapAll() => Machine.UnmapAll();

    public static byte Load8(ulong address) => (byte)Machine.LoadRegister(address, 1);

    public static ushort Load16(ulong address) => (ushort)Machine.LoadRegister(address, 2);

    public static uint Load32(ulong address) => Machine.LoadRegister(address, 4);

    public static void Store8(ulong address, byte value) => Machine.StoreRegister(address, value, 1);

    public static void Store16(ulong address, ushort value) => Machine.StoreRegister(address, value, 2);

    public static void Store32(ulong address, uint value) => Machine.StoreRegister(address, value, 4);

    public static bool Share() => Machine.Share();

    public static bool Unshare() => Machine.Unshare();

    public static void Clear() => Machine.Clear();

    public static ushort Load16(int offset) => Machine.LoadShared16(offset);

    public static void CopyOut(int offset, Span<byte> bytes) => Machine.CopyOut(offset, bytes);

    public static void Store16(int offset, ushort value) => Machine.StoreShared16(offset, value);

    public static void CopyIn(int offset, ReadOnlySpan<byte> bytes) => Machine.CopyIn(offset, bytes);

    public static void OrderStores() => Machine.Note(Step.OrderStores, 0);

    public static void OrderLoads() => Machine.Note(Step.OrderLoads, 0);

    public static void Pause() => Machine.Pause();
}
