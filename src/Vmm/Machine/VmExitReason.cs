namespace Vmm.Machine;

/// <summary>Why a VM ended.</summary>
public enum VmExitReason
{
    /// <summary>The guest powered itself off (PSCI SYSTEM_OFF), or somebody asked the VMM to stop it.</summary>
    Stop,

    /// <summary>The guest asked for a reset (PSCI SYSTEM_RESET, SYSTEM_RESET2).</summary>
    Reset,

    /// <summary>A vCPU cannot go on: KVM gave up on it, or left it in a state that nothing here knows.</summary>
    Crash,

    /// <summary>The guest reported a crash of its own.</summary>
    GuestPanic,

    /// <summary>The guest stopped feeding its stall detector.</summary>
    Watchdog,
}
