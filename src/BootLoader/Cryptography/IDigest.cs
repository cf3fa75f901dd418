namespace BootLoader.Cryptography;

/// <summary>The primitives that a program needs which verifies by a digest that it trusts: the first process of a guest has no others.</summary>
/// <remarks>Nothing here allocates in programs without a runtime, throws, or keeps a reference to a span.</remarks>
public interface IDigest
{
    /// <summary>SHA-256 of two spans, one after the other.</summary>
    /// <param name="first">The first bytes.</param>
    /// <param name="second">The bytes that follow, may be empty.</param>
    /// <param name="digest">Takes 32 bytes.</param>
    static abstract void Sha256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest);

    /// <summary>Compares in a time that depends on the lengths alone.</summary>
    static abstract bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right);
}
