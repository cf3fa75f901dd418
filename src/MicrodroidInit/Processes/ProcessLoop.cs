namespace MicrodroidInit.Processes;

/// <summary>What the first process does while the guest runs: takes leave of processes that nobody else waits for, and passes on the wish to end.</summary>
public static class ProcessLoop
{
    /// <summary>How long the manager has from SIGTERM to its end, in milliseconds.</summary>
    public const int ManagerDeadline = 10_000;

    /// <summary>How long all others have.</summary>
    public const int OthersDeadline = 2_000;

    private const int SignalMask = 0x7f;
    private const int EveryProcess = -1;

    /// <summary>Returns when the manager has ended.</summary>
    /// <param name="manager">Its process.</param>
    /// <returns>Nothing when its status was 0, which means that the guest is done.</returns>
    public static InitFault Run<TSystem>(int manager)
        where TSystem : struct, ISystem
    {
        ulong deadline = ulong.MaxValue;
        while (true)
        {
            if (ReapUntil<TSystem>(manager, out int status))
            {
                int signal = status & SignalMask;
                return signal != 0 ? new InitFault(InitError.ManagerKilled, signal)
                    : status != 0 ? new InitFault(InitError.ManagerFailed, (status >> 8) & 0xff)
                    : default;
            }

            ulong now = TSystem.Milliseconds;
            if (now >= deadline)
            {
                InitLog.Warn<TSystem>("microdroid_manager does not end, waited ms"u8, ManagerDeadline);
                TSystem.Kill(manager, LinuxAbi.SIGKILL);
                deadline = ulong.MaxValue;
                continue;
            }

            int received = TSystem.WaitForSignal(deadline == ulong.MaxValue ? -1 : (int)(deadline - now));
            if (received is LinuxAbi.SIGTERM or LinuxAbi.SIGINT && deadline == ulong.MaxValue)
            {
                InitLog.Tell<TSystem>("asked to end, by signal"u8, received);
                TSystem.Kill(manager, LinuxAbi.SIGTERM);
                deadline = now + ManagerDeadline;
            }
        }
    }

    /// <summary>Ends all other processes, so that what they wrote is written and file systems can go.</summary>
    public static void EndOthers<TSystem>()
        where TSystem : struct, ISystem
    {
        TSystem.Kill(EveryProcess, LinuxAbi.SIGTERM);
        ulong end = TSystem.Milliseconds + OthersDeadline;
        while (!ReapAll<TSystem>())
        {
            ulong now = TSystem.Milliseconds;
            if (now >= end)
            {
                TSystem.Kill(EveryProcess, LinuxAbi.SIGKILL);
                TSystem.WaitForSignal(OthersDeadline);
                ReapAll<TSystem>();
                return;
            }

            TSystem.WaitForSignal((int)(end - now));
        }
    }

    // Several may have ended for one signal.
    private static bool ReapUntil<TSystem>(int process, out int status)
        where TSystem : struct, ISystem
    {
        int ended;
        while ((ended = TSystem.Reap(out status)) > 0)
        {
            if (ended == process)
            {
                return true;
            }
        }

        // Without a child the manager cannot be one: that it ended was missed, and how is not known.
        status = ended == -LinuxAbi.ECHILD ? LinuxAbi.SIGKILL : 0;
        return ended == -LinuxAbi.ECHILD;
    }

    private static bool ReapAll<TSystem>()
        where TSystem : struct, ISystem
    {
        int ended;
        while ((ended = TSystem.Reap(out _)) > 0)
        {
        }

        return ended == -LinuxAbi.ECHILD;
    }
}
