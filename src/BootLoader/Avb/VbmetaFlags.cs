namespace BootLoader.Avb;

/// <summary>What a vbmeta turns off (libavb, avb_vbmeta_image.h). Only the flags of the first vbmeta count.</summary>
[Flags]
public enum VbmetaFlags : uint
{
    /// <summary>Everything is verified.</summary>
    None = 0,

    /// <summary>AVB_VBMETA_IMAGE_FLAGS_HASHTREE_DISABLED: no dm-verity.</summary>
    HashtreeDisabled = 1,

    /// <summary>AVB_VBMETA_IMAGE_FLAGS_VERIFICATION_DISABLED: descriptors are not looked at.</summary>
    VerificationDisabled = 2,
}
