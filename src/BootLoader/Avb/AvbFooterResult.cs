namespace BootLoader.Avb;

/// <summary>What the end of an image was found to be.</summary>
public enum AvbFooterResult
{
    /// <summary>A footer whose parts lie inside the image.</summary>
    Ok,

    /// <summary>No footer: too short, or other bytes.</summary>
    NoFooter,

    /// <summary>A footer of another major version.</summary>
    UnsupportedVersion,

    /// <summary>The vbmeta does not lie between the original image and the footer.</summary>
    OutOfBounds,
}
