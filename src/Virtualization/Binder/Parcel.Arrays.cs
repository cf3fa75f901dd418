using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <content>Arrays and lists: a count (-1 for null), then the elements.</content>
public sealed partial class Parcel
{
    /// <summary>Writes a <c>byte[]</c> (or one of fixed size, which has the same form): a count, then bytes.</summary>
    public void WriteByteArray(ReadOnlySpan<byte> value)
    {
        WriteInt32(value.Length);
        value.CopyTo(Put(value.Length));
    }

    /// <summary>Reads a <c>byte[]</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData; UnexpectedNull.</exception>
    public byte[] ReadByteArray() => Take(RequireCount(sizeof(byte))).ToArray();

    /// <summary>Reads a <c>byte[N]</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadValue for another length.</exception>
    public void ReadFixedByteArray(Span<byte> value)
    {
        int length = RequireCount(sizeof(byte));
        if (length != value.Length)
        {
            throw new BinderException(StatusCode.BadValue, $"an array of {length} bytes at byte {_position - sizeof(int)} of the parcel; it must have {value.Length}");
        }

        Take(length).CopyTo(value);
    }

    /// <summary>Writes a <c>@nullable byte[]</c>.</summary>
    public void WriteNullableByteArray(byte[]? value)
    {
        if (value is null)
        {
            WriteInt32(-1);
        }
        else
        {
            WriteByteArray(value);
        }
    }

    /// <summary>Reads a <c>@nullable byte[]</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public byte[]? ReadNullableByteArray()
    {
        int length = TakeCount(sizeof(byte));
        return length < 0 ? null : Take(length).ToArray();
    }

    /// <summary>Writes an <c>int[]</c>.</summary>
    public void WriteInt32Array(ReadOnlySpan<int> value)
    {
        WriteInt32(value.Length);
        Span<byte> room = Put(checked(value.Length * sizeof(int)));
        for (int i = 0; i < value.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(room[(i * sizeof(int))..], value[i]);
        }
    }

    /// <summary>Reads an <c>int[]</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData; UnexpectedNull.</exception>
    public int[] ReadInt32Array()
    {
        int[] value = new int[RequireCount(sizeof(int))];
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = ReadInt32();
        }

        return value;
    }

    /// <summary>Writes a <c>String[]</c> or <c>List&lt;String&gt;</c>.</summary>
    public void WriteStringList(IReadOnlyList<string> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteInt32(value.Count);
        for (int i = 0; i < value.Count; i++)
        {
            WriteString(value[i]);
        }
    }

    /// <summary>Reads a <c>String[]</c> or <c>List&lt;String&gt;</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData; UnexpectedNull, of the list or an element.</exception>
    public List<string> ReadStringList()
    {
        int count = RequireCount(sizeof(int));
        List<string> value = new(count);
        for (int i = 0; i < count; i++)
        {
            value.Add(ReadString() ?? throw new BinderException(StatusCode.UnexpectedNull, $"element {i} of a list of strings is null"));
        }

        return value;
    }
}
