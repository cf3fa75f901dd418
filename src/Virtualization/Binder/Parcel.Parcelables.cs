using System.Buffers.Binary;

namespace Virtualization.Binder;

/// <content>Parcelables and unions.</content>
public sealed partial class Parcel
{
    /// <summary>Writes a structured parcelable: 1 (0 for null), the size from here on, the fields.</summary>
    public void WriteParcelable<T>(T? value)
        where T : class, IParcelable
    {
        if (value is null)
        {
            WriteInt32(0);
            return;
        }

        WriteInt32(1);
        int start = _position;
        WriteInt32(0);
        value.WriteTo(this);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_start + start), _position - start);
    }

    /// <summary>Reads a structured parcelable. Fields that an older peer did not send keep what the constructor gave them; what a newer one adds is skipped.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadValue for a size that cannot be.</exception>
    public T? ReadParcelable<T>()
        where T : class, IParcelable, new()
    {
        if (ReadInt32() == 0)
        {
            return null;
        }

        int start = _position;
        int size = ReadInt32();
        if (size < sizeof(int))
        {
            throw new BinderException(StatusCode.BadValue, $"a parcelable of {size} bytes at byte {start} of the parcel");
        }

        if (size > _limit - start)
        {
            ThrowEnd(size);
        }

        int outer = _limit;
        int end = start + size;
        T value = new();
        _limit = end;
        try
        {
            value.ReadFrom(this);
        }
        catch (BinderException e) when (e.Status == StatusCode.NotEnoughData && _position == end)
        {
            // The older peer's fields end here, at the border of one.
        }
        finally
        {
            _limit = outer;
        }

        _position = end;
        return value;
    }

    /// <summary>Writes a parcelable that may not be null, in a list (<c>T[]</c>, <c>List&lt;T&gt;</c>).</summary>
    public void WriteParcelableList<T>(IReadOnlyList<T> value)
        where T : class, IParcelable
    {
        ArgumentNullException.ThrowIfNull(value);
        WriteInt32(value.Count);
        for (int i = 0; i < value.Count; i++)
        {
            WriteParcelable(value[i]);
        }
    }

    /// <summary>Reads a list of parcelables.</summary>
    /// <exception cref="BinderException">NotEnoughData; BadValue; UnexpectedNull, of the list or an element.</exception>
    public List<T> ReadParcelableList<T>()
        where T : class, IParcelable, new()
    {
        int count = RequireCount(sizeof(int));
        List<T> value = [];
        for (int i = 0; i < count; i++)
        {
            value.Add(ReadParcelable<T>() ?? throw new BinderException(StatusCode.UnexpectedNull, $"element {i} of a list of parcelables is null"));
        }

        return value;
    }

    /// <summary>Writes an AIDL union, which has no size: 1 (0 for null), then what it writes (its tag and value).</summary>
    public void WriteUnion<T>(T? value)
        where T : class, IParcelable
    {
        WriteInt32(value is null ? 0 : 1);
        value?.WriteTo(this);
    }

    /// <summary>Reads an AIDL union.</summary>
    /// <exception cref="BinderException">NotEnoughData, and what the union throws for a tag that it does not know.</exception>
    public T? ReadUnion<T>()
        where T : class, IParcelable, new()
    {
        if (ReadInt32() == 0)
        {
            return null;
        }

        T value = new();
        value.ReadFrom(this);
        return value;
    }
}
