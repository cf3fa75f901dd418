namespace Virtualization.Configuration;

/// <summary>USB in a <see cref="VmConfigFile"/>.</summary>
public sealed class UsbFile
{
    /// <summary>The VM has a controller.</summary>
    public bool Controller { get; set; }
}
