using BootLoader.Cryptography;

namespace BootLoader.Dice;

/// <summary>The configuration input of a layer: a descriptor, whose hash is the input, or 64 bytes that are the input themselves.</summary>
public readonly ref struct DiceConfiguration
{
    private DiceConfiguration(ReadOnlySpan<byte> value, bool isInline)
    {
        Value = value;
        IsInline = isInline;
    }

    /// <summary>The descriptor, or the 64 bytes.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether the value is the input itself.</summary>
    public bool IsInline { get; }

    /// <summary>Whether an inline value has the size that it must have.</summary>
    public bool IsValid => !IsInline || Value.Length == DiceFormat.ConfigurationSize;

    /// <summary>A configuration descriptor.</summary>
    /// <param name="descriptor">The descriptor's encoding; how it is made up is the layer's own matter.</param>
    public static DiceConfiguration Descriptor(ReadOnlySpan<byte> descriptor) => new(descriptor, isInline: false);

    /// <summary>An inline value.</summary>
    /// <param name="value">64 bytes.</param>
    public static DiceConfiguration Inline(ReadOnlySpan<byte> value) => new(value, isInline: true);

    /// <summary>Gives the 64 bytes that go into the derivation.</summary>
    /// <param name="input">Takes 64 bytes.</param>
    public void CopyInput<TCryptography>(Span<byte> input)
        where TCryptography : ICryptography
    {
        if (IsInline)
        {
            Value.CopyTo(input);
        }
        else
        {
            TCryptography.Sha512(Value, default, input);
        }
    }
}
