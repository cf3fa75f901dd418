namespace Vmm.Outcome;

/// <summary>How a <c>vmm</c> process ends. The numbers are crosvm's (its CommandStatus), which other programs read.</summary>
public enum ExitCode
{
    /// <summary>The command did what was asked; a guest powered itself off or was stopped.</summary>
    Stop = 0,

    /// <summary>The command failed: a file or device could not be opened, the host refused something.</summary>
    Error = 1,

    /// <summary>The guest asked for a reset.</summary>
    Reset = 32,

    /// <summary>The guest crashed: it did something that no machine can carry out.</summary>
    Crash = 33,

    /// <summary>The guest's kernel reported a panic.</summary>
    GuestPanic = 34,

    /// <summary>The command line was wrong; nothing was started.</summary>
    InvalidArguments = 35,

    /// <summary>The guest stopped feeding its stall watchdog.</summary>
    Watchdog = 36,
}
