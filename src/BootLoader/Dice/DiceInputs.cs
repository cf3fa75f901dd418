namespace BootLoader.Dice;

/// <summary>What a layer is measured by, but for its configuration (Open Profile for DICE, "Input Values").</summary>
public readonly ref struct DiceInputs
{
    /// <summary>The inputs of a layer.</summary>
    /// <param name="codeHash">64 bytes: the hash of the code.</param>
    /// <param name="authorityHash">64 bytes: the hash of whose keys vouch for the code.</param>
    /// <param name="mode">The state that the layer runs in.</param>
    /// <param name="hidden">64 bytes that go into the secrets and into no certificate.</param>
    /// <param name="codeDescriptor">More about the code, for the certificate; may be empty.</param>
    /// <param name="authorityDescriptor">More about the authority, for the certificate; may be empty.</param>
    public DiceInputs(
        ReadOnlySpan<byte> codeHash,
        ReadOnlySpan<byte> authorityHash,
        DiceMode mode,
        ReadOnlySpan<byte> hidden,
        ReadOnlySpan<byte> codeDescriptor = default,
        ReadOnlySpan<byte> authorityDescriptor = default)
    {
        CodeHash = codeHash;
        AuthorityHash = authorityHash;
        Mode = mode;
        Hidden = hidden;
        CodeDescriptor = codeDescriptor;
        AuthorityDescriptor = authorityDescriptor;
    }

    /// <summary>The hash of the code.</summary>
    public ReadOnlySpan<byte> CodeHash { get; }

    /// <summary>More about the code; empty for nothing.</summary>
    public ReadOnlySpan<byte> CodeDescriptor { get; }

    /// <summary>The hash of whose keys vouch for the code.</summary>
    public ReadOnlySpan<byte> AuthorityHash { get; }

    /// <summary>More about the authority; empty for nothing.</summary>
    public ReadOnlySpan<byte> AuthorityDescriptor { get; }

    /// <summary>The state that the layer runs in.</summary>
    public DiceMode Mode { get; }

    /// <summary>What goes into the secrets and into no certificate.</summary>
    public ReadOnlySpan<byte> Hidden { get; }

    /// <summary>Whether every input has its size and the mode is one of the four.</summary>
    public bool IsValid =>
        CodeHash.Length == DiceFormat.HashSize
        && AuthorityHash.Length == DiceFormat.HashSize
        && Hidden.Length == DiceFormat.HiddenSize
        && Mode <= DiceMode.Recovery;
}
