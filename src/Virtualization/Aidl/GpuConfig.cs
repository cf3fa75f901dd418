using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>A graphics device (AVF GpuConfig.aidl).</summary>
public sealed class GpuConfig : IParcelable
{
    /// <summary>The renderer.</summary>
    public string? Backend { get; set; }

    /// <summary>The kinds of contexts.</summary>
    public IReadOnlyList<string>? ContextTypes { get; set; }

    /// <summary>Its place on the PCI bus.</summary>
    public string? PciAddress { get; set; }

    /// <summary>Features of the renderer.</summary>
    public string? RendererFeatures { get; set; }

    /// <summary>EGL.</summary>
    public bool RendererUseEgl { get; set; }

    /// <summary>OpenGL ES.</summary>
    public bool RendererUseGles { get; set; }

    /// <summary>GLX.</summary>
    public bool RendererUseGlx { get; set; }

    /// <summary>EGL without a surface.</summary>
    public bool RendererUseSurfaceless { get; set; }

    /// <summary>Vulkan.</summary>
    public bool RendererUseVulkan { get; set; }

    /// <inheritdoc/>
    public void WriteTo(Parcel p)
    {
        p.WriteString(Backend);
        p.WriteNullableStringList(ContextTypes);
        p.WriteString(PciAddress);
        p.WriteString(RendererFeatures);
        p.WriteBoolean(RendererUseEgl);
        p.WriteBoolean(RendererUseGles);
        p.WriteBoolean(RendererUseGlx);
        p.WriteBoolean(RendererUseSurfaceless);
        p.WriteBoolean(RendererUseVulkan);
    }

    /// <inheritdoc/>
    public void ReadFrom(Parcel p)
    {
        Backend = p.ReadString();
        ContextTypes = p.ReadNullableStringList();
        PciAddress = p.ReadString();
        RendererFeatures = p.ReadString();
        RendererUseEgl = p.ReadBoolean();
        RendererUseGles = p.ReadBoolean();
        RendererUseGlx = p.ReadBoolean();
        RendererUseSurfaceless = p.ReadBoolean();
        RendererUseVulkan = p.ReadBoolean();
    }
}
