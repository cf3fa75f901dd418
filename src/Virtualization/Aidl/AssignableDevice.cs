using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A device of the host that a VM can be given (AVF AssignableDevice.aidl).</summary>
public sealed class AssignableDevice : IParcelable
{
    /// <summary>The path of its node in sysfs.</summary>
    public string Node { get; set; } = "";

    /// <summary>Its label in the overlay of the device tree.</summary>
    public string DtboLabel { get; set; } = "";

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(Node);
        p.WriteString(DtboLabel);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Node = p.ReadRequiredString();
        DtboLabel = p.ReadRequiredString();
    }
}
