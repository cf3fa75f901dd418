namespace Pvmfw.Tests.Flow;

/// <summary>The machine of the test that runs on this thread.</summary>
internal readonly struct TestPlatform : IPlatform
{
    [ThreadStatic]
    private static TestMachine? s_machine;

    public static TestMachine Machine
    {
        get => s_machine!;
        set => s_machine = value;
    }

    public static ReadOnlySpan<byte> Configuration => Machine.Configuration.Span;

    public static ReadOnlySpan<byte> GuestKey => Machine.TrustedKey;

    public static bool SharesMemory => Machine.SharesMemory;

    public static ulong HandoverAddress => TestMachine.HandoverAddress;

    public static Span<byte> HandoverPage => Machine.HandoverPage.Span;

    public static Span<byte> Scratch => Machine.Scratch.Span;

    public static Span<byte> WritableConfiguration() => Machine.Configuration.Span;

    public static bool FillRandom(Span<byte> bytes)
    {
        Machine.Random.NextBytes(bytes);
        return Machine.RandomFillsLeft-- > 0;
    }

    public static void WriteLine(ReadOnlySpan<byte> text, ulong number)
    {
    }

    public static bool TryMapTree(ulong address, out Span<byte> window)
    {
        window = Machine.Window.Span;
        return address == HostTrees.TreeAddress;
    }

    public static bool SetRamSize(ulong size) => Machine.IsRamReachable && size == HostTrees.MemoryMib * HostTrees.MiB;

    // Wherever the host says that they are, so that it is the firmware that has to refuse a place.
    public static bool TryMapPayload(ulong address, ulong size, out ReadOnlySpan<byte> memory)
    {
        memory = address == Machine.UnreachableAddress ? default
            : size == (ulong)Machine.Kernel.Length ? Machine.Kernel
            : size == (ulong)(Machine.Initrd?.Length ?? -1) ? Machine.Initrd
            : default;
        return memory.Length > 0;
    }
}
