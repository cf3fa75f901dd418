namespace Pvmfw;

/// <summary>What the firmware decided: to start the kernel, or to reset the machine.</summary>
public readonly struct FirmwareOutcome
{
    private FirmwareOutcome(RebootReason reason, ulong entry, ulong treeAddress, ulong treeSize)
    {
        Reason = reason;
        Entry = entry;
        TreeAddress = treeAddress;
        TreeSize = treeSize;
    }

    /// <summary>Why the machine is reset; <see cref="RebootReason.None"/> where the kernel is started.</summary>
    public RebootReason Reason { get; }

    /// <summary>The kernel's first instruction.</summary>
    public ulong Entry { get; }

    /// <summary>The guest's device tree.</summary>
    public ulong TreeAddress { get; }

    /// <summary>Bytes of the guest's device tree.</summary>
    public ulong TreeSize { get; }

    /// <summary>Resets the machine.</summary>
    public static FirmwareOutcome Reboot(RebootReason reason) => new(reason, 0, 0, 0);

    /// <summary>Starts the kernel.</summary>
    public static FirmwareOutcome Start(ulong entry, ulong treeAddress, int treeSize) => new(RebootReason.None, entry, treeAddress, (ulong)treeSize);
}
