namespace Vmm.Configuration;

/// <summary>Where the device tree lies in guest memory (crosvm's <c>--fdt-position</c>).</summary>
public enum FdtPosition
{
    /// <summary>At the start of RAM; the payload follows 2 MiB later.</summary>
    Start,

    /// <summary>In the last 2 MiB of RAM; the payload is at the start of RAM.</summary>
    End,

    /// <summary>At the first 2 MiB boundary after the payload (kernel, and initrd if there is one).</summary>
    AfterPayload,
}
