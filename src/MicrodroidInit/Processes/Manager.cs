namespace MicrodroidInit.Processes;

/// <summary>The program that everything else in the guest follows from.</summary>
public static class Manager
{
    private static ReadOnlySpan<byte> Program => "/usr/bin/microdroid_manager"u8;

    // The same in every guest but for one word. The runtime's diagnostics would wait for a debugger on a socket that nobody in the guest needs.
    private static ReadOnlySpan<byte> Environment =>
        "PATH=/usr/bin:/usr/sbin\0HOME=/\0TMPDIR=/tmp\0LANG=C.UTF-8\0TERM=vt100\0DOTNET_EnableDiagnostics=0\0MICRODROID_DEBUGGABLE="u8;

    private const int MaxEnvironment = 256;

    /// <summary>Starts it, with the console where the guest is debuggable and nothing otherwise.</summary>
    /// <param name="isDebuggable">The guest may be looked into.</param>
    /// <param name="process">Its process; usable when nothing is wrong.</param>
    public static InitFault Start<TSystem>(bool isDebuggable, out int process)
        where TSystem : struct, ISystem
    {
        process = 0;
        int console = OpenConsole<TSystem>(isDebuggable);
        if (console < 0)
        {
            return new InitFault(InitError.OpenConsole, console);
        }

        var environment = new AsciiText(stackalloc byte[MaxEnvironment]);
        environment.Add(Environment);
        environment.Add(isDebuggable ? "1\0"u8 : "0\0"u8);
        process = TSystem.Start(Program, environment.Bytes, console);
        TSystem.Close(console);
        return process <= 0 ? new InitFault(InitError.StartManager, process) : default;
    }

    // A VM may be started without the console, which is no reason not to run.
    private static int OpenConsole<TSystem>(bool isDebuggable)
        where TSystem : struct, ISystem
    {
        int console = -LinuxAbi.ENOENT;
        if (isDebuggable)
        {
            console = TSystem.Open("/dev/hvc0"u8, LinuxAbi.O_RDWR);
            if (console < 0)
            {
                InitLog.Warn<TSystem>("/dev/hvc0 cannot be opened, error"u8, console);
            }
        }

        return console >= 0 ? console : TSystem.Open("/dev/null"u8, LinuxAbi.O_RDWR);
    }
}
