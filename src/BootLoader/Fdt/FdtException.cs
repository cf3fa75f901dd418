namespace BootLoader.Fdt;

/// <summary>A device tree that cannot be read, edited, merged or written; the message is one line for the user.</summary>
public sealed class FdtException : Exception
{
    /// <summary>With a message that says what was attempted and what was found.</summary>
    public FdtException(string message)
        : base(message)
    {
    }

    /// <summary>For a fault that the allocation-free reader or writer reported.</summary>
    /// <param name="fault">What and where.</param>
    /// <param name="length">Length of the blob or destination in bytes.</param>
    public FdtException(FdtFault fault, int length)
        : base($"{Describe(fault.Error)} (at byte 0x{fault.Offset:x} of {length} bytes)") => Fault = fault;

    /// <summary>What the reader or writer reported, when it was one of them.</summary>
    public FdtFault Fault { get; }

    private static string Describe(FdtError error) => error switch
    {
        FdtError.Truncated => "device tree blob is cut short",
        FdtError.BadMagic => "not a device tree blob: it does not start with d0 0d fe ed",
        FdtError.BadVersion => "device tree blob has a version other than 16 and 17",
        FdtError.BadLayout => "device tree blob: a block of the header lies outside the blob or is misaligned",
        FdtError.BadReservations => "device tree blob: the memory reservations do not end",
        FdtError.BadStructure => "device tree blob: the structure block is cut short or has an unknown token",
        FdtError.BadNesting => "device tree: nodes and properties do not nest (a property after a subnode, an unmatched end or a second root)",
        FdtError.BadStringOffset => "device tree blob: a property's name lies outside the strings block",
        FdtError.BadName => "device tree: a name is empty or has a character outside [a-zA-Z0-9,._+*#?@-]",
        FdtError.TooDeep => $"device tree: nodes are nested deeper than {FdtFormat.FDT_MAX_DEPTH}",
        FdtError.DuplicateProperty => "device tree: a node has the same property twice",
        FdtError.DuplicateNode => "device tree: a node has two subnodes of the same name",
        FdtError.BadPhandle => "device tree: a phandle is 0 or 0xffffffff",
        FdtError.NoSpace => $"device tree does not fit (the limit is {FdtFormat.FDT_MAX_SIZE} bytes)",
        _ => "device tree is damaged",
    };
}
