namespace Vm;

/// <summary>How the command ends. 35 is the VMM's word for a wrong command line, 130 the shell's for Ctrl-C.</summary>
internal static class ExitStatus
{
    /// <summary>What was asked for is done. The status of a payload that ended is returned instead where it is not 0.</summary>
    public const int Success = 0;

    /// <summary>It failed: the VM died, or never started.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration was wrong.</summary>
    public const int Usage = 35;

    /// <summary>Ctrl-C or a signal stopped the VM.</summary>
    public const int Interrupted = 130;
}
