namespace VirtualizationService.Life;

/// <summary>What a VMM is started with. Descriptors are numbers, the same here and in the VMM.</summary>
public sealed record VmmLaunch
{
    /// <summary>The VM's name in the VMM's messages; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Options that give the guest its address and sockets.</summary>
    public required IReadOnlyList<string> VsockOptions { get; init; }

    /// <summary>Whether the host is kept from the guest's memory.</summary>
    public bool IsProtected { get; init; }

    /// <summary>Memory for the guest's own use, in MiB.</summary>
    public required int MemoryMib { get; init; }

    /// <summary>vCPUs.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>Whether to advise huge pages.</summary>
    public bool HugePages { get; init; }

    /// <summary>Whether the guest has a memory balloon, through which it gives free memory back.</summary>
    public bool HasBalloon { get; init; }

    /// <summary>The disks, vda first.</summary>
    public IReadOnlyList<VmmDisk> Disks { get; init; } = [];

    /// <summary>Takes the output of ttyS0 and hvc0; null drops it.</summary>
    public int? ConsoleOut { get; init; }

    /// <summary>Gives the input of the console that <see cref="ConsoleInputDevice"/> names.</summary>
    public int? ConsoleIn { get; init; }

    /// <summary>Which console has the input: <c>hvc0</c> or <c>ttyS0</c>.</summary>
    public string ConsoleInputDevice { get; init; } = "ttyS0";

    /// <summary>Takes the output of hvc2, the guest's log; null drops it.</summary>
    public int? Log { get; init; }

    /// <summary>Takes the output of ttyS1, the reason of a failure.</summary>
    public required int Failure { get; init; }

    /// <summary>The control socket, bound and listening.</summary>
    public required int Control { get; init; }

    /// <summary>A file of the 64 bytes that tell this instance from others.</summary>
    public required int InstanceId { get; init; }

    /// <summary>The kernel.</summary>
    public required int Kernel { get; init; }

    /// <summary>The initial RAM disk.</summary>
    public int? Initrd { get; init; }

    /// <summary>Kernel parameters.</summary>
    public string? Params { get; init; }
}
