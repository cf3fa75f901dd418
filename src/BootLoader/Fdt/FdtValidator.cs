namespace BootLoader.Fdt;

/// <summary>The one pass over a structure block that makes later reads safe to trust.</summary>
internal static class FdtValidator
{
    /// <summary>Checks tokens, nesting and names.</summary>
    /// <returns>The first fault; its offset counts from the start of the structure block.</returns>
    public static FdtFault Check(ReadOnlySpan<byte> structure, ReadOnlySpan<byte> strings)
    {
        var cursor = new FdtCursor(structure, 0);
        int depth = 0;
        bool mayHaveProperty = false, rootSeen = false;
        while (true)
        {
            if (!cursor.Read())
            {
                return new FdtFault(FdtError.BadStructure, cursor.TokenOffset);
            }

            FdtError error = FdtError.None;
            switch (cursor.Token)
            {
                case FdtFormat.FDT_BEGIN_NODE:
                    depth++;
                    error = CheckNode(cursor.NodeName, depth, rootSeen);
                    rootSeen = true;
                    mayHaveProperty = true;
                    break;
                case FdtFormat.FDT_PROP:
                    error = mayHaveProperty ? CheckName(strings, cursor.NameOffset) : FdtError.BadNesting;
                    break;
                case FdtFormat.FDT_END_NODE:
                    error = depth > 0 ? FdtError.None : FdtError.BadNesting;
                    depth--;
                    mayHaveProperty = false;
                    break;
                default:
                    return depth == 0 && rootSeen ? default : new FdtFault(FdtError.BadNesting, cursor.TokenOffset);
            }

            if (error != FdtError.None)
            {
                return new FdtFault(error, cursor.TokenOffset);
            }
        }
    }

    /// <summary>The name at an offset of the strings block, without its terminator; empty when it is not inside.</summary>
    public static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= (uint)strings.Length)
        {
            return default;
        }

        ReadOnlySpan<byte> rest = strings[(int)offset..];
        int length = rest.IndexOf((byte)0);
        return length < 0 ? default : rest[..length];
    }

    private static FdtError CheckNode(ReadOnlySpan<byte> name, int depth, bool rootSeen)
    {
        if (depth > FdtFormat.FDT_MAX_DEPTH)
        {
            return FdtError.TooDeep;
        }

        if (depth == 1)
        {
            // The root has no name; dtc and libfdt read one that is "/" as well.
            return rootSeen ? FdtError.BadNesting : name.Length == 0 || name.SequenceEqual("/"u8) ? FdtError.None : FdtError.BadName;
        }

        return FdtNames.IsValid(name) ? FdtError.None : FdtError.BadName;
    }

    private static FdtError CheckName(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= (uint)strings.Length || !strings[(int)offset..].Contains((byte)0))
        {
            return FdtError.BadStringOffset;
        }

        return FdtNames.IsValid(Name(strings, offset)) ? FdtError.None : FdtError.BadName;
    }
}
