using System.Buffers.Binary;

namespace BootLoader.Fdt;

/// <summary>Steps over the tokens of a structure block, checking each against the block's end. NOPs are passed over.</summary>
internal ref struct FdtCursor
{
    private readonly ReadOnlySpan<byte> _structure;
    private int _next;

    public FdtCursor(ReadOnlySpan<byte> structure, int start)
    {
        _structure = structure;
        _next = start;
    }

    /// <summary>The token last read; 0 before the first.</summary>
    public uint Token { get; private set; }

    /// <summary>Where the token last read starts, in bytes from the start of the structure block.</summary>
    public int TokenOffset { get; private set; }

    /// <summary>Where the next token starts.</summary>
    public readonly int Next => _next;

    /// <summary>The name of the node that a BEGIN_NODE starts.</summary>
    public ReadOnlySpan<byte> NodeName { get; private set; }

    /// <summary>Offset of a property's name in the strings block.</summary>
    public uint NameOffset { get; private set; }

    /// <summary>A property's value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Reads one token.</summary>
    /// <returns>False where the token or what belongs to it does not lie inside the block; <see cref="TokenOffset"/> says where.</returns>
    public bool Read()
    {
        do
        {
            TokenOffset = _next;
            if (_next > _structure.Length - 4)
            {
                return false;
            }

            Token = BinaryPrimitives.ReadUInt32BigEndian(_structure[_next..]);
            _next += 4;
        }
        while (Token == FdtFormat.FDT_NOP);

        return Token switch
        {
            FdtFormat.FDT_BEGIN_NODE => ReadNodeName(),
            FdtFormat.FDT_PROP => ReadProperty(),
            FdtFormat.FDT_END_NODE or FdtFormat.FDT_END => true,
            _ => false,
        };
    }

    /// <summary>After a BEGIN_NODE: steps to behind its END_NODE.</summary>
    public bool SkipNode()
    {
        int depth = 1;
        while (depth > 0)
        {
            if (!Read() || Token == FdtFormat.FDT_END)
            {
                return false;
            }

            depth += Token switch
            {
                FdtFormat.FDT_BEGIN_NODE => 1,
                FdtFormat.FDT_END_NODE => -1,
                _ => 0,
            };
        }

        return true;
    }

    private bool ReadNodeName()
    {
        ReadOnlySpan<byte> rest = _structure[_next..];
        int length = rest.IndexOf((byte)0);
        if (length < 0)
        {
            return false;
        }

        NodeName = rest[..length];
        return Step(length + 1L);
    }

    private bool ReadProperty()
    {
        ReadOnlySpan<byte> rest = _structure[_next..];
        if (rest.Length < 8)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)rest.Length - 8)
        {
            return false;
        }

        NameOffset = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        Value = rest.Slice(8, (int)length);
        return Step(8L + length);
    }

    private bool Step(long size)
    {
        long aligned = FdtFormat.AlignToToken(size);
        if (aligned > _structure.Length - _next)
        {
            return false;
        }

        _next += (int)aligned;
        return true;
    }
}
