using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The kinds of AIDL fields that <see cref="Parcel"/> itself does not tell apart: those that cannot be null, unions, arrays of a fixed length.</summary>
internal static class ParcelFields
{
    private const int NonNull = 1;

    /// <summary>The fewest bytes that an element of any list takes: one word.</summary>
    private const int SmallestElement = sizeof(int);

    internal static string ReadRequiredString(this Parcel parcel) => parcel.ReadString() ?? throw Null();

    internal static FileDescriptor ReadRequiredDescriptor(this Parcel parcel) => parcel.ReadParcelFileDescriptor() ?? throw Null();

    internal static IBinder ReadRequiredBinder(this Parcel parcel) => parcel.ReadStrongBinder() ?? throw Null();

    internal static T ReadRequiredParcelable<T>(this Parcel parcel)
        where T : class, IParcelable, new() => parcel.ReadParcelable<T>() ?? throw Null();

    internal static byte[] ReadInstanceId(this Parcel parcel) => parcel.ReadFixedBytes(IVirtualizationService.InstanceIdLength);

    /// <summary>An array of a fixed length has its length on the wire nevertheless.</summary>
    internal static byte[] ReadFixedBytes(this Parcel parcel, int length)
    {
        byte[] bytes = parcel.ReadByteArray();
        return bytes.Length == length ? bytes : throw new BinderException(StatusCode.BadValue);
    }

    internal static void WriteInstanceId(this Parcel parcel, ReadOnlySpan<byte> id)
    {
        if (id.Length != IVirtualizationService.InstanceIdLength)
        {
            throw new ArgumentException($"an instance id has {IVirtualizationService.InstanceIdLength} bytes, not {id.Length}", nameof(id));
        }

        parcel.WriteByteArray(id);
    }

    /// <summary>A union is its tag and its value; unlike a parcelable it has no size before it.</summary>
    internal static void WriteUnion<T>(this Parcel parcel, T value)
        where T : class, IParcelable
    {
        ArgumentNullException.ThrowIfNull(value);
        parcel.WriteInt32(NonNull);
        value.WriteTo(parcel);
    }

    internal static T ReadUnion<T>(this Parcel parcel)
        where T : class, IParcelable, new()
    {
        if (parcel.ReadInt32() != NonNull)
        {
            throw Null();
        }

        T value = new();
        try
        {
            value.ReadFrom(parcel);
            return value;
        }
        catch
        {
            // Descriptors that came before the fault.
            (value as IDisposable)?.Dispose();
            throw;
        }
    }

    internal static void WriteUnionList<T>(this Parcel parcel, IReadOnlyList<T> values)
        where T : class, IParcelable
    {
        parcel.WriteInt32(values.Count);
        foreach (T value in values)
        {
            parcel.WriteUnion(value);
        }
    }

    internal static void ReadUnionList<T>(this Parcel parcel, List<T> values)
        where T : class, IParcelable, new()
    {
        int count = parcel.ReadCount();
        for (int i = 0; i < count; i++)
        {
            values.Add(parcel.ReadUnion<T>());
        }
    }

    internal static void WriteDescriptorList(this Parcel parcel, IReadOnlyList<FileDescriptor> descriptors)
    {
        parcel.WriteInt32(descriptors.Count);
        foreach (FileDescriptor descriptor in descriptors)
        {
            parcel.WriteParcelFileDescriptor(descriptor);
        }
    }

    internal static void ReadDescriptorList(this Parcel parcel, List<FileDescriptor> descriptors)
    {
        int count = parcel.ReadCount();
        for (int i = 0; i < count; i++)
        {
            descriptors.Add(parcel.ReadRequiredDescriptor());
        }
    }

    internal static void WriteNullableStringList(this Parcel parcel, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            parcel.WriteInt32(-1);
        }
        else
        {
            parcel.WriteStringList(values);
        }
    }

    internal static List<string>? ReadNullableStringList(this Parcel parcel)
    {
        int count = parcel.ReadInt32();
        if (count < 0)
        {
            return null;
        }

        parcel.Check(count);
        List<string> values = [];
        for (int i = 0; i < count; i++)
        {
            values.Add(parcel.ReadRequiredString());
        }

        return values;
    }

    /// <summary>A list's parcelables into a list that already has an owner, so that their descriptors are closed when a later one is broken.</summary>
    internal static void ReadParcelables<T>(this Parcel parcel, List<T> values)
        where T : class, IParcelable, new()
    {
        int count = parcel.ReadCount();
        for (int i = 0; i < count; i++)
        {
            values.Add(parcel.ReadRequiredParcelable<T>());
        }
    }

    internal static void DisposeAll<T>(this List<T> values)
        where T : IDisposable
    {
        foreach (T value in values)
        {
            value.Dispose();
        }

        values.Clear();
    }

    private static int ReadCount(this Parcel parcel)
    {
        int count = parcel.ReadInt32();
        if (count < 0)
        {
            throw Null();
        }

        parcel.Check(count);
        return count;
    }

    /// <summary>Refuses a count that the rest of the parcel cannot hold, before anything is done that often.</summary>
    private static void Check(this Parcel parcel, int count)
    {
        if (count > (parcel.Length - parcel.Position) / SmallestElement)
        {
            throw new BinderException(StatusCode.NotEnoughData);
        }
    }

    private static BinderException Null() => new(StatusCode.UnexpectedNull);
}
