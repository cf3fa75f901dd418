namespace Kvm.Interop.Memory;

/// <summary>A piece of guest physical address space.</summary>
/// <param name="Start">Its first address.</param>
/// <param name="Size">Its length in bytes.</param>
public readonly record struct GuestRange(GuestAddress Start, ulong Size)
{
    /// <summary>The range as <c>0x80000000-0x9fffffff</c>.</summary>
    public override string ToString() => $"{Start}-{new GuestAddress(unchecked(Start.Value + Size - 1))}";
}
