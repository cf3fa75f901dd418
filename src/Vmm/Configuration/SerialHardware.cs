namespace Vmm.Configuration;

/// <summary>Which device in the guest a <c>--serial</c> option describes.</summary>
public enum SerialHardware
{
    /// <summary>A 16550A UART (ttyS*).</summary>
    Serial,

    /// <summary>A virtio console port (hvc*).</summary>
    VirtioConsole,
}
