namespace Vmm.Configuration;

/// <summary>Whether the guest's memory is taken from the host.</summary>
public enum ProtectionMode
{
    /// <summary>A normal VM: the host can read the guest's memory.</summary>
    Unprotected,

    /// <summary>A protected VM that starts at its kernel: memory is isolated, nothing verifies what was loaded (<c>--protected-vm-without-firmware</c>).</summary>
    ProtectedWithoutFirmware,
}
