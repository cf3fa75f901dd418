namespace Kvm.Interop.Memory;

/// <summary>An access to guest physical addresses where there is no memory.</summary>
public sealed class GuestAccessException : Exception
{
    /// <summary>Names the access.</summary>
    /// <param name="address">Its first address.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="reason">What is wrong with it, as half a sentence.</param>
    public GuestAccessException(GuestAddress address, ulong length, string reason = "lies outside guest memory")
        : base($"the access to {length} bytes at {address} {reason}")
    {
        Address = address;
        Length = length;
    }

    /// <summary>First address of the access.</summary>
    public GuestAddress Address { get; }

    /// <summary>Length of the access in bytes.</summary>
    public ulong Length { get; }
}
