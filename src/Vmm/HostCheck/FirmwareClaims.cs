namespace Vmm.HostCheck;

/// <summary>What the firmware of a protected VM refuses, and what it cannot hold off. README.md and docs/threat-model.md say the same.</summary>
/// <param name="Refused">With what the firmware does not start the guest.</param>
/// <param name="NotHeldOff">What the firmware cannot notice, because the host loads it and keeps the device secret and the disks.</param>
public sealed record FirmwareClaims(IReadOnlyList<string> Refused, IReadOnlyList<string> NotHeldOff)
{
    /// <summary>The claims for a firmware that a VMM loads, as on mainline Linux.</summary>
    public static FirmwareClaims Mainline { get; } = new(
        ["kernel or initrd that its key did not sign", "device tree against its rules", "changed instance image"],
        ["host that loads another firmware", "host that reads the device secret", "older or empty instance image"]);

    /// <summary>The claims in two lines.</summary>
    public override string ToString() =>
        $"What the firmware refuses: {string.Join(", ", Refused)}.\nWhat it does not hold off: {string.Join(", ", NotHeldOff)}.";
}
