namespace Kvm.Interop.Files;

/// <summary>One piece of a scattered buffer, laid out as <c>struct iovec</c> (readv(2)).</summary>
/// <param name="start">Its first byte; stays valid until the call or request that uses the vector has ended.</param>
/// <param name="length">In bytes.</param>
public readonly unsafe struct IoVector(byte* start, nuint length)
{
    /// <summary>The first byte.</summary>
    public byte* Start { get; } = start;

    /// <summary>Length in bytes.</summary>
    public nuint Length { get; } = length;
}
