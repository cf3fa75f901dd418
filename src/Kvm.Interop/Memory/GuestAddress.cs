using System.Globalization;

namespace Kvm.Interop.Memory;

/// <summary>A guest physical address (IPA).</summary>
/// <param name="Value">The address in bytes.</param>
public readonly record struct GuestAddress(ulong Value) : IComparable<GuestAddress>
{
    /// <summary>The address so many bytes further.</summary>
    /// <exception cref="OverflowException">It would pass 2^64.</exception>
    public static GuestAddress operator +(GuestAddress address, ulong offset) => new(checked(address.Value + offset));

    /// <summary>The distance in bytes from the right address up to the left one.</summary>
    /// <exception cref="OverflowException">The right address is the higher one.</exception>
    public static ulong operator -(GuestAddress left, GuestAddress right) => checked(left.Value - right.Value);

    /// <summary>Whether the left address is the lower one.</summary>
    public static bool operator <(GuestAddress left, GuestAddress right) => left.Value < right.Value;

    /// <summary>Whether the left address is the higher one.</summary>
    public static bool operator >(GuestAddress left, GuestAddress right) => left.Value > right.Value;

    /// <summary>Whether the left address is not the higher one.</summary>
    public static bool operator <=(GuestAddress left, GuestAddress right) => left.Value <= right.Value;

    /// <summary>Whether the left address is not the lower one.</summary>
    public static bool operator >=(GuestAddress left, GuestAddress right) => left.Value >= right.Value;

    /// <summary>Adds a number that a guest chose.</summary>
    /// <returns>False, with a default result, when the sum passes 2^64.</returns>
    public bool TryAdd(ulong offset, out GuestAddress sum)
    {
        ulong value = unchecked(Value + offset);
        bool fits = value >= Value;
        sum = fits ? new GuestAddress(value) : default;
        return fits;
    }

    /// <summary>Whether the address is a multiple of a power of two.</summary>
    public bool IsAligned(ulong alignment) => (Value & (alignment - 1)) == 0;

    /// <inheritdoc/>
    public int CompareTo(GuestAddress other) => Value.CompareTo(other.Value);

    /// <summary>The address in hexadecimal: <c>0x80000000</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}");
}
