using Kvm.Interop.Files;
using Virtualization.Binder;

namespace Virtualization.Aidl;

/// <summary>The kinds of AIDL fields that <see cref="Parcel"/> does not tell apart: those that cannot be null, and instance ids.</summary>
internal static class ParcelFields
{
    internal static string ReadRequiredString(this Parcel parcel) => parcel.ReadString() ?? throw Null("string");

    internal static FileDescriptor ReadRequiredDescriptor(this Parcel parcel) => parcel.ReadParcelFileDescriptor() ?? throw Null("descriptor");

    internal static IBinder ReadRequiredBinder(this Parcel parcel) => parcel.ReadStrongBinder() ?? throw Null("object");

    internal static T ReadRequiredParcelable<T>(this Parcel parcel)
        where T : class, IParcelable, new() => parcel.ReadParcelable<T>() ?? throw Null(typeof(T).Name);

    internal static T ReadRequiredUnion<T>(this Parcel parcel)
        where T : class, IParcelable, new() => parcel.ReadUnion<T>() ?? throw Null(typeof(T).Name);

    internal static byte[] ReadInstanceId(this Parcel parcel)
    {
        byte[] id = new byte[IVirtualizationService.InstanceIdLength];
        parcel.ReadFixedByteArray(id);
        return id;
    }

    internal static void WriteInstanceId(this Parcel parcel, ReadOnlySpan<byte> id)
    {
        if (id.Length != IVirtualizationService.InstanceIdLength)
        {
            throw new ArgumentException($"an instance id has {IVirtualizationService.InstanceIdLength} bytes, not {id.Length}", nameof(id));
        }

        parcel.WriteByteArray(id);
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

    internal static List<T> ReadUnionList<T>(this Parcel parcel)
        where T : class, IParcelable, new()
    {
        int count = parcel.ReadInt32();
        // Each has at least a flag and a tag, so the count is bounded before anything is done that often.
        if (count < 0 || count > parcel.Remaining / (2 * sizeof(int)))
        {
            throw new BinderException(count < 0 ? StatusCode.UnexpectedNull : StatusCode.NotEnoughData);
        }

        List<T> values = new(count);
        for (int i = 0; i < count; i++)
        {
            values.Add(parcel.ReadRequiredUnion<T>());
        }

        return values;
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
        int start = parcel.Position;
        if (parcel.ReadInt32() == -1)
        {
            return null;
        }

        parcel.Position = start;
        return parcel.ReadStringList();
    }

    internal static void DisposeAll<T>(this IReadOnlyList<T> values)
        where T : IDisposable
    {
        foreach (T value in values)
        {
            value.Dispose();
        }
    }

    private static BinderException Null(string what) => new(StatusCode.UnexpectedNull, $"null where a {what} must be");
}
