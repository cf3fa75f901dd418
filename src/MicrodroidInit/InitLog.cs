namespace MicrodroidInit;

/// <summary>Lines in the kernel's log, which goes to the console of a debuggable guest and nowhere in others.</summary>
public static class InitLog
{
    private const int MaxLine = 200;

    /// <summary>Tells what went wrong.</summary>
    public static void Error<TSystem>(in InitFault fault)
        where TSystem : struct, ISystem => Write<TSystem>("<3>init: "u8, InitErrorText.Of(fault.Error), fault.Number);

    /// <summary>Tells what is odd, but does not keep the guest from starting.</summary>
    public static void Warn<TSystem>(ReadOnlySpan<byte> text, long number)
        where TSystem : struct, ISystem => Write<TSystem>("<4>init: "u8, text, number);

    /// <summary>Tells what was done.</summary>
    public static void Tell<TSystem>(ReadOnlySpan<byte> text, long number)
        where TSystem : struct, ISystem => Write<TSystem>("<6>init: "u8, text, number);

    // The log's descriptor is not kept: a few lines are written in a guest's life.
    private static void Write<TSystem>(ReadOnlySpan<byte> level, ReadOnlySpan<byte> text, long number)
        where TSystem : struct, ISystem
    {
        int log = TSystem.Open("/dev/kmsg"u8, LinuxAbi.O_WRONLY);
        if (log < 0)
        {
            return;
        }

        var line = new AsciiText(stackalloc byte[MaxLine]);
        line.Add(level);
        line.Add(text);
        line.Add(" "u8);
        line.Add(number);
        TSystem.Write(log, line.Bytes);
        TSystem.Close(log);
    }
}
