using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Virtio.Net;

/// <summary>The address of a network card (IEEE 802, 48 bits).</summary>
/// <param name="Value">The first byte on the wire is the highest of the lower 48 bits.</param>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 6;

    private const ulong MulticastBit = 1UL << 40;
    private const ulong LocalBit = 1UL << 41;

    /// <summary>An address for one card: not the group bit, not zero.</summary>
    public bool IsUnicast => (Value & MulticastBit) == 0 && Value != 0;

    /// <summary>A random one that belongs to no manufacturer (locally administered).</summary>
    public static MacAddress Random()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return new MacAddress((Read(bytes).Value & ~MulticastBit) | LocalBit);
    }

    /// <summary>Takes the first six bytes, in the order of the wire.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> bytes) =>
        new(((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]));

    /// <summary>Reads <c>12:34:56:78:9a:bc</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MacAddress address)
    {
        address = default;
        string[] parts = text?.Split(':') ?? [];
        if (parts.Length != Length)
        {
            return false;
        }

        ulong value = 0;
        foreach (string part in parts)
        {
            if (part.Length != 2 || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                return false;
            }

            value = (value << 8) | octet;
        }

        address = new MacAddress(value);
        return true;
    }

    /// <summary>Writes six bytes in the order of the wire.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(Value >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)Value);
    }

    /// <summary>The address as <c>12:34:56:78:9a:bc</c>.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        Write(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes[0]:x2}:{bytes[1]:x2}:{bytes[2]:x2}:{bytes[3]:x2}:{bytes[4]:x2}:{bytes[5]:x2}");
    }
}
