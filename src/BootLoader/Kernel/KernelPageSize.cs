namespace BootLoader.Kernel;

/// <summary>The page size that a kernel was built for: bits 1 and 2 of the flags of an <c>Image</c>.</summary>
public enum KernelPageSize
{
    /// <summary>The image does not say.</summary>
    Unspecified = 0,

    /// <summary>4 KiB.</summary>
    Kib4 = 1,

    /// <summary>16 KiB.</summary>
    Kib16 = 2,

    /// <summary>64 KiB.</summary>
    Kib64 = 3,
}
