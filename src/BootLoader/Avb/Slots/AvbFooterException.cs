namespace BootLoader.Avb.Slots;

/// <summary>A footer that cannot be used.</summary>
public sealed class AvbFooterException : Exception
{
    internal AvbFooterException(AvbFooterResult result, in AvbFooter footer)
        : base(result == AvbFooterResult.UnsupportedVersion
            ? $"its footer has version {footer.Major}; version {AvbFooter.SupportedMajor} is understood"
            : $"its footer places a vbmeta of {footer.VbmetaSize} bytes at byte {footer.VbmetaOffset}, behind an image of {footer.OriginalImageSize}: not inside")
    {
    }
}
