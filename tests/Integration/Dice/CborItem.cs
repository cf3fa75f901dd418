using System.Buffers.Binary;

namespace Integration.Dice;

/// <summary>An item of CBOR (RFC 8949), read without any code of the project: what it wrote is judged by something that is not its own.</summary>
/// <param name="Major">The major type, 0 to 7.</param>
/// <param name="Number">The number, or the length, or the count.</param>
/// <param name="Content">The bytes of a string.</param>
/// <param name="Items">The items of an array; keys and values of a map in turn.</param>
/// <param name="Size">Bytes of the encoding.</param>
internal sealed record CborItem(int Major, ulong Number, byte[] Content, IReadOnlyList<CborItem> Items, int Size)
{
    /// <summary>The value of an integer.</summary>
    public long Integer => Major switch
    {
        0 => (long)Number,
        1 => -1 - (long)Number,
        _ => throw new InvalidDataException($"major type {Major} is no integer"),
    };

    /// <summary>The value of a byte string.</summary>
    public byte[] Bytes => Major == 2 ? Content : throw new InvalidDataException($"major type {Major} is no byte string");

    /// <summary>The value of a text string.</summary>
    public string Text => Major == 3 ? System.Text.Encoding.UTF8.GetString(Content) : throw new InvalidDataException($"major type {Major} is no text");

    /// <summary>The items of an array.</summary>
    public IReadOnlyList<CborItem> Array => Major == 4 ? Items : throw new InvalidDataException($"major type {Major} is no array");

    /// <summary>A map with integers as keys.</summary>
    public IReadOnlyDictionary<long, CborItem> Map => Major == 5
        ? Items.Chunk(2).ToDictionary(pair => pair[0].Integer, pair => pair[1])
        : throw new InvalidDataException($"major type {Major} is no map");

    /// <summary>Reads the item at the beginning.</summary>
    public static CborItem Read(ReadOnlySpan<byte> bytes)
    {
        int major = bytes[0] >> 5, extra = bytes[0] & 31, head = 1;
        ulong number = (ulong)extra;
        switch (extra)
        {
            case 24:
                (number, head) = (bytes[1], 2);
                break;
            case 25:
                (number, head) = (BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), 3);
                break;
            case 26:
                (number, head) = (BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]), 5);
                break;
            case 27:
                (number, head) = (BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]), 9);
                break;
        }

        if (major is 2 or 3)
        {
            return new CborItem(major, number, bytes.Slice(head, (int)number).ToArray(), [], head + (int)number);
        }

        List<CborItem> items = [];
        int size = head;
        for (ulong i = 0; major is 4 or 5 && i < number * (major == 5 ? 2u : 1u); i++)
        {
            items.Add(Read(bytes[size..]));
            size += items[^1].Size;
        }

        return new CborItem(major, number, [], items, size);
    }
}
