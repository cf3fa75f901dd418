namespace Vmm.Machine;

/// <summary>What the host's KVM can give one VM, asked once; a plan is made from it without touching the host again.</summary>
public sealed record HostCapabilities
{
    /// <summary>Bits of an intermediate physical address.</summary>
    public required int IpaBits { get; init; }

    /// <summary>The most vCPUs that KVM makes for one VM.</summary>
    public required int MaxVcpus { get; init; }

    /// <summary>The GIC is a GICv3; otherwise a GICv2.</summary>
    public required bool GicV3 { get; init; }

    /// <summary>The host can make an interrupt translation service.</summary>
    public required bool Its { get; init; }

    /// <summary>Performance monitors.</summary>
    public required bool Pmu { get; init; }

    /// <summary>The Scalable Vector Extension.</summary>
    public required bool Sve { get; init; }

    /// <summary>Pointer authentication, address and generic keys both.</summary>
    public required bool PointerAuthentication { get; init; }

    /// <summary>Stolen-time records.</summary>
    public required bool PvTime { get; init; }

    /// <summary>
    /// The host that <c>vmm explain</c> assumes where there is no KVM to ask: an ARMv8.2 machine with GICv3, 40-bit addresses and a PMU.
    /// </summary>
    public static HostCapabilities Typical { get; } = new()
    {
        IpaBits = 40,
        MaxVcpus = 512,
        GicV3 = true,
        Its = true,
        Pmu = true,
        Sve = false,
        PointerAuthentication = false,
        PvTime = true,
    };
}
