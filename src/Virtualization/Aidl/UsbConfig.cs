using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>USB (AVF UsbConfig.aidl).</summary>
public sealed class UsbConfig : IParcelable
{
    /// <summary>The VM has a controller.</summary>
    public bool Controller { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteBoolean(Controller);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Controller = p.ReadBoolean();
    }
}
