namespace BootLoader.AndroidBoot;

/// <summary>What a vendor ramdisk is for (bootimg.h, VENDOR_RAMDISK_TYPE_*).</summary>
public enum VendorRamdiskKind : uint
{
    /// <summary>Not said.</summary>
    None = 0,

    /// <summary>Always loaded.</summary>
    Platform = 1,

    /// <summary>Loaded for recovery.</summary>
    Recovery = 2,

    /// <summary>Kernel modules that may be loaded later.</summary>
    Dlkm = 3,
}
