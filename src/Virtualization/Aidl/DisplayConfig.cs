using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A display (AVF DisplayConfig.aidl).</summary>
public sealed class DisplayConfig : IParcelable
{
    /// <summary>Pixels in a line.</summary>
    public int Width { get; set; }

    /// <summary>Lines.</summary>
    public int Height { get; set; }

    /// <summary>Pixels in an inch of a line.</summary>
    public int HorizontalDpi { get; set; }

    /// <summary>Lines in an inch.</summary>
    public int VerticalDpi { get; set; }

    /// <summary>Pictures in a second.</summary>
    public int RefreshRate { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteInt32(Width);
        p.WriteInt32(Height);
        p.WriteInt32(HorizontalDpi);
        p.WriteInt32(VerticalDpi);
        p.WriteInt32(RefreshRate);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Width = p.ReadInt32();
        Height = p.ReadInt32();
        HorizontalDpi = p.ReadInt32();
        VerticalDpi = p.ReadInt32();
        RefreshRate = p.ReadInt32();
    }
}
