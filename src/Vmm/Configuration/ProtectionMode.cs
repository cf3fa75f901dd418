namespace Vmm.Configuration;

/// <summary>Whether the guest's memory is taken from the host, and whether a firmware verifies what is started.</summary>
/// <remarks>Source: crosvm, hypervisor/src/lib.rs: ProtectionType.</remarks>
public enum ProtectionMode
{
    /// <summary>A normal VM: the host can read the guest's memory.</summary>
    Unprotected,

    /// <summary>A normal VM that starts at a firmware of the user (<c>--unprotected-vm-with-firmware</c>).</summary>
    UnprotectedWithFirmware,

    /// <summary>A protected VM that starts at its kernel: memory is isolated, nothing verifies what was loaded (<c>--protected-vm-without-firmware</c>).</summary>
    ProtectedWithoutFirmware,

    /// <summary>A protected VM that starts at the firmware that comes with <c>vmm</c> (<c>--protected-vm</c>).</summary>
    Protected,

    /// <summary>A protected VM that starts at a firmware of the user (<c>--protected-vm-with-firmware</c>).</summary>
    ProtectedWithFirmware,
}
