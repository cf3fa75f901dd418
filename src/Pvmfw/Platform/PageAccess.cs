namespace Pvmfw.Platform;

/// <summary>What may be done with mapped memory. Nothing is both writable and executable.</summary>
public enum PageAccess
{
    /// <summary>Normal memory, read only.</summary>
    Read,

    /// <summary>Normal memory.</summary>
    ReadWrite,

    /// <summary>Normal memory, read and executed.</summary>
    Execute,

    /// <summary>Registers of a device.</summary>
    Device,
}
