namespace BootLoader.Fdt;

/// <summary>Why a flattened device tree cannot be read or written.</summary>
public enum FdtError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The blob ends before the length that its header gives, or inside the header.</summary>
    Truncated,

    /// <summary>The first word is not <see cref="FdtFormat.FDT_MAGIC"/>.</summary>
    BadMagic,

    /// <summary>Version older than 16, or its last compatible version newer than 17.</summary>
    BadVersion,

    /// <summary>A block's offset or length in the header lies outside the blob or is misaligned.</summary>
    BadLayout,

    /// <summary>The memory reservations have no terminating entry inside the blob.</summary>
    BadReservations,

    /// <summary>A token, name or value runs past the end of the structure block, or the END token is missing.</summary>
    BadStructure,

    /// <summary>Tokens in an order that makes no tree: a property outside a node or after a subnode, an unmatched end, a second root.</summary>
    BadNesting,

    /// <summary>A property's name lies outside the strings block or is not terminated.</summary>
    BadStringOffset,

    /// <summary>A node or property name is empty or has a byte outside <c>[a-zA-Z0-9,._+*#?@-]</c>.</summary>
    BadName,

    /// <summary>Nodes are nested deeper than <see cref="FdtFormat.FDT_MAX_DEPTH"/>.</summary>
    TooDeep,

    /// <summary>Two properties of one node have the same name.</summary>
    DuplicateProperty,

    /// <summary>Two subnodes of one node have the same name.</summary>
    DuplicateNode,

    /// <summary>A phandle is 0 or 0xffffffff.</summary>
    BadPhandle,

    /// <summary>The destination, or <see cref="FdtFormat.FDT_MAX_SIZE"/>, is too small for the tree.</summary>
    NoSpace,
}
