namespace Vmm.CommandLine;

/// <summary>Commands of <c>crosvm</c> that <c>vmm</c> does not have yet, known so that they can be refused by name.</summary>
internal static class CrosvmCommands
{
    /// <summary>The names. Source: crosvm src/crosvm/cmdline.rs.</summary>
    public static IReadOnlyList<string> NotYet { get; } =
    [
        "balloon_ws", "battery", "device", "gpe", "gpu", "make_rt", "powerbtn", "sleepbtn", "snapshot", "snd", "swap", "vfio", "virtio-net",
    ];
}
