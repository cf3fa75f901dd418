using System.Runtime;

namespace MicrodroidInit.Platform;

/// <summary>The first C# that runs.</summary>
internal static unsafe class InitEntry
{
    [RuntimeExport("program_main")]
    internal static int Start(long count, byte** arguments, byte** environment)
    {
        const int First = 1;
        const int GetProcess = 172; // getpid
        if (SystemCall.Invoke(GetProcess, 0, 0, 0, 0, 0, 0) != First)
        {
            // By mistake on somebody's machine it would mount and reset.
            LinuxSystem.Write(2, "init: this is the first process of a guest, and nothing else\n"u8);
            return 1;
        }

        LinuxSystem.BlockSignals();
        Machine.End(InitMain.Run<LinuxSystem, InitDigest>());
        return 1;
    }
}
