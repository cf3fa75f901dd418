using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Virtualization.Binder;

/// <content>Numbers, strings and interface tokens.</content>
public sealed partial class Parcel
{
    /// <summary>Writes an <c>int</c>.</summary>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Put(sizeof(int)), value);

    /// <summary>Reads an <c>int</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    /// <summary>Writes an unsigned <c>int</c>.</summary>
    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Put(sizeof(uint)), value);

    /// <summary>Reads an unsigned <c>int</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Writes a <c>long</c>.</summary>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Put(sizeof(long)), value);

    /// <summary>Reads a <c>long</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    /// <summary>Writes an unsigned <c>long</c>.</summary>
    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Put(sizeof(ulong)), value);

    /// <summary>Reads an unsigned <c>long</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Writes a <c>boolean</c>: an int of 0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteInt32(value ? 1 : 0);

    /// <summary>Reads a <c>boolean</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public bool ReadBoolean() => ReadInt32() != 0;

    /// <summary>Writes a <c>byte</c>, which is signed in AIDL: an int.</summary>
    public void WriteByte(sbyte value) => WriteInt32(value);

    /// <summary>Reads a <c>byte</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public sbyte ReadByte() => unchecked((sbyte)ReadInt32());

    /// <summary>Writes a <c>float</c>.</summary>
    public void WriteSingle(float value) => BinaryPrimitives.WriteSingleLittleEndian(Put(sizeof(float)), value);

    /// <summary>Reads a <c>float</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public float ReadSingle() => BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));

    /// <summary>Writes a <c>double</c>.</summary>
    public void WriteDouble(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Put(sizeof(double)), value);

    /// <summary>Reads a <c>double</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData.</exception>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>Writes a <c>String</c> (String16): the number of UTF-16 units, the units, a zero; -1 for null.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteInt32(-1);
            return;
        }

        WriteInt32(value.Length);
        Span<byte> room = Put(checked((value.Length + 1) * sizeof(char)));
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(value.AsSpan()).CopyTo(room);
        }
        else
        {
            System.Text.Encoding.Unicode.GetBytes(value, room);
        }

        room[^sizeof(char)..].Clear();
    }

    /// <summary>Reads a <c>String</c>.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadValue for one without a zero behind it.</exception>
    public string? ReadString() => TryTakeString(out ReadOnlySpan<byte> units) ? System.Text.Encoding.Unicode.GetString(units) : null;

    /// <summary>Writes what an AIDL call begins with: the name of its interface.</summary>
    public void WriteInterfaceToken(string descriptor) => WriteString(descriptor);

    /// <summary>Reads the interface token of a call.</summary>
    /// <exception cref="BinderException">BadType: the call is meant for another interface.</exception>
    public void EnforceInterface(string descriptor)
    {
        if (!TryTakeString(out ReadOnlySpan<byte> units) || !Same(units, descriptor))
        {
            throw new BinderException(
                StatusCode.BadType, $"the call is meant for the interface '{System.Text.Encoding.Unicode.GetString(units)}', the object is a '{descriptor}'");
        }
    }

    private static bool Same(ReadOnlySpan<byte> units, string text)
    {
        if (units.Length != text.Length * sizeof(char))
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(units[(i * sizeof(char))..]) != text[i])
            {
                return false;
            }
        }

        return true;
    }

    private bool TryTakeString(out ReadOnlySpan<byte> units)
    {
        units = default;
        int length = TakeCount(sizeof(char));
        if (length < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = Take((length + 1) * sizeof(char));
        units = bytes[..^sizeof(char)];
        if ((bytes[^1] | bytes[^2]) != 0)
        {
            throw new BinderException(StatusCode.BadValue, $"the string that ends at byte {_position} of the parcel has no zero behind it");
        }

        return true;
    }
}
