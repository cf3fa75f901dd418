namespace BootLoader.Fdt;

/// <summary>Numbers of the flattened device tree format (Devicetree Specification 0.4, section 5), spelled as libfdt's <c>fdt.h</c> spells them.</summary>
public static class FdtFormat
{
    /// <summary>First word of a blob.</summary>
    public const uint FDT_MAGIC = 0xd00dfeed;

    /// <summary>Token: a node starts; its name follows.</summary>
    public const uint FDT_BEGIN_NODE = 1;

    /// <summary>Token: a node ends.</summary>
    public const uint FDT_END_NODE = 2;

    /// <summary>Token: a property; length, offset of its name and value follow.</summary>
    public const uint FDT_PROP = 3;

    /// <summary>Token: nothing.</summary>
    public const uint FDT_NOP = 4;

    /// <summary>Token: the structure block ends.</summary>
    public const uint FDT_END = 9;

    /// <summary>Size in bytes of the header of version 17.</summary>
    public const int FDT_V17_SIZE = 40;

    /// <summary>Size in bytes of the header of version 16, which lacks the size of the structure block.</summary>
    public const int FDT_V16_SIZE = 36;

    /// <summary>The version that is written.</summary>
    public const uint FDT_LAST_SUPPORTED_VERSION = 17;

    /// <summary>The oldest version that is read, and the last compatible version of what is written.</summary>
    public const uint FDT_FIRST_SUPPORTED_VERSION = 16;

    /// <summary>Largest blob in bytes that a guest may be given: arm64 maps 2 MiB for it (Linux, Documentation/arch/arm64/booting.rst, section 2).</summary>
    public const int FDT_MAX_SIZE = 0x200000;

    /// <summary>Deepest nesting of nodes that is read or written, the root being 1. The format has no limit; Linux' own is 64 (<c>FDT_MAX_DEPTH</c>).</summary>
    public const int FDT_MAX_DEPTH = 64;

    /// <summary>Size in bytes of one memory reservation.</summary>
    public const int FDT_RESERVE_ENTRY_SIZE = 16;

    /// <summary>Rounds a length in bytes up to the 4 bytes that tokens are aligned to.</summary>
    internal static long AlignToToken(long length) => (length + 3) & ~3L;
}
