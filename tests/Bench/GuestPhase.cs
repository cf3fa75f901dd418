namespace Bench;

/// <summary>A phase of the start of a Microdroid-style guest, named after what ends it. In order.</summary>
internal enum GuestPhase
{
    /// <summary><c>vm</c> executes <c>virtmgr</c>.</summary>
    Virtmgr,

    /// <summary><c>virtmgr</c> executes the VMM.</summary>
    Vmm,

    /// <summary>The VMM enters the guest for the first time.</summary>
    FirstRun,

    /// <summary>The kernel has its console and sets up its drivers: the first of its lines that is always kept until there is a console.</summary>
    Drivers,

    /// <summary>The kernel executes init.</summary>
    Init,

    /// <summary>The verified system is mounted.</summary>
    System,

    /// <summary>The manager runs.</summary>
    Manager,

    /// <summary>The payload is verified and executed.</summary>
    Payload,

    /// <summary>The payload says that it can serve.</summary>
    Ready,
}
