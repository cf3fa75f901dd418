namespace Vmm.Outcome;

/// <summary>From an <see cref="ExitCode"/> to the status of the process.</summary>
public static class ExitCodeStatus
{
    /// <summary>
    /// The process status. How a guest ended (reset, panic, watchdog) is told only with <c>--extended-status</c>; without it each of these is
    /// 0, as in crosvm. A failure of <c>vmm</c> or of KVM is always told: a crash, which crosvm hides too, is a plain error then.
    /// </summary>
    public static int ToStatus(this ExitCode code, bool extendedStatus) => code switch
    {
        ExitCode.Error or ExitCode.InvalidArguments => (int)code,
        _ when extendedStatus => (int)code,
        ExitCode.Crash => (int)ExitCode.Error,
        _ => (int)ExitCode.Stop,
    };
}
