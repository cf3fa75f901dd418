using System.Runtime;
using Virtualization.Binder;
using VmPayload.Binder;

namespace VmPayload.Exports;

/// <summary>include/android/binder_parcel.h. What C gives as bool or int8_t fills the lowest byte of a register only.</summary>
internal static unsafe class ParcelFunctions
{
    [RuntimeExport("AParcel_create")]
    internal static AParcel* Create() => AParcel.Create(null);

    [RuntimeExport("AParcel_delete")]
    internal static void Delete(AParcel* parcel) => AParcel.Delete(parcel);

    [RuntimeExport("AParcel_getDataSize")]
    internal static int GetDataSize(AParcel* parcel) => parcel->Size;

    [RuntimeExport("AParcel_getDataPosition")]
    internal static int GetDataPosition(AParcel* parcel) => parcel->Position;

    [RuntimeExport("AParcel_writeInt32")]
    internal static int WriteInt32(AParcel* parcel, int value) => (int)parcel->WriteInt32(value);

    [RuntimeExport("AParcel_writeUint32")]
    internal static int WriteUInt32(AParcel* parcel, uint value) => (int)parcel->WriteInt32((int)value);

    [RuntimeExport("AParcel_writeInt64")]
    internal static int WriteInt64(AParcel* parcel, long value) => (int)parcel->WriteInt64(value);

    [RuntimeExport("AParcel_writeUint64")]
    internal static int WriteUInt64(AParcel* parcel, ulong value) => (int)parcel->WriteInt64((long)value);

    [RuntimeExport("AParcel_writeDouble")]
    internal static int WriteDouble(AParcel* parcel, double value) => (int)parcel->WriteInt64(*(long*)&value);

    [RuntimeExport("AParcel_writeBool")]
    internal static int WriteBool(AParcel* parcel, int value) => (int)parcel->WriteInt32((byte)value != 0 ? 1 : 0);

    [RuntimeExport("AParcel_writeByte")]
    internal static int WriteByte(AParcel* parcel, int value) => (int)parcel->WriteInt32((sbyte)value);

    [RuntimeExport("AParcel_writeString")]
    internal static int WriteString(AParcel* parcel, byte* text, int length) => (int)parcel->WriteString(text, length);

    [RuntimeExport("AParcel_writeByteArray")]
    internal static int WriteByteArray(AParcel* parcel, byte* bytes, int length) => (int)parcel->WriteByteArray(bytes, length);

    [RuntimeExport("AParcel_writeStrongBinder")]
    internal static int WriteStrongBinder(AParcel* parcel, AIBinder* binder) => (int)parcel->WriteStrongBinder(binder);

    [RuntimeExport("AParcel_writeStatusHeader")]
    internal static int WriteStatusHeader(AParcel* parcel, AStatus* status) => (int)status->WriteTo(parcel);

    [RuntimeExport("AParcel_readInt32")]
    internal static int ReadInt32(AParcel* parcel, int* value) => (int)parcel->ReadInt32(value);

    [RuntimeExport("AParcel_readUint32")]
    internal static int ReadUInt32(AParcel* parcel, uint* value) => (int)parcel->ReadInt32((int*)value);

    [RuntimeExport("AParcel_readInt64")]
    internal static int ReadInt64(AParcel* parcel, long* value) => (int)parcel->ReadInt64(value);

    [RuntimeExport("AParcel_readUint64")]
    internal static int ReadUInt64(AParcel* parcel, ulong* value) => (int)parcel->ReadInt64((long*)value);

    [RuntimeExport("AParcel_readDouble")]
    internal static int ReadDouble(AParcel* parcel, double* value) => (int)parcel->ReadInt64((long*)value);

    [RuntimeExport("AParcel_readBool")]
    internal static int ReadBool(AParcel* parcel, byte* value)
    {
        int read;
        StatusCode status = parcel->ReadInt32(&read);
        if (status == StatusCode.Ok)
        {
            *value = read != 0 ? (byte)1 : (byte)0;
        }

        return (int)status;
    }

    [RuntimeExport("AParcel_readByte")]
    internal static int ReadByte(AParcel* parcel, byte* value)
    {
        int read;
        StatusCode status = parcel->ReadInt32(&read);
        if (status == StatusCode.Ok)
        {
            *value = (byte)read;
        }

        return (int)status;
    }

    [RuntimeExport("AParcel_readString")]
    internal static int ReadString(AParcel* parcel, void* stringData, delegate*<void*, int, byte**, int> allocator)
    {
        StatusCode status = parcel->ReadString(out char* text, out int units);
        if (status != StatusCode.Ok)
        {
            return (int)status;
        }

        byte* buffer = null;
        if (units == -1)
        {
            return (int)((byte)allocator(stringData, -1, &buffer) != 0 ? StatusCode.Ok : StatusCode.UnexpectedNull);
        }

        int length = Utf.CountUtf8(text, units);
        if ((byte)allocator(stringData, length + 1, &buffer) == 0 || buffer == null)
        {
            return (int)StatusCode.NoMemory;
        }

        Utf.ToUtf8(text, units, buffer);
        buffer[length] = 0;
        return (int)StatusCode.Ok;
    }

    [RuntimeExport("AParcel_readByteArray")]
    internal static int ReadByteArray(AParcel* parcel, void* arrayData, delegate*<void*, int, byte**, int> allocator)
    {
        StatusCode status = parcel->ReadByteArray(out byte* bytes, out int length);
        if (status != StatusCode.Ok)
        {
            return (int)status;
        }

        byte* buffer = null;
        bool allocated = (byte)allocator(arrayData, length, &buffer) != 0;
        if (length == -1)
        {
            return (int)(allocated ? StatusCode.Ok : StatusCode.UnexpectedNull);
        }

        if (!allocated || (buffer == null && length > 0))
        {
            return (int)StatusCode.NoMemory;
        }

        new ReadOnlySpan<byte>(bytes, length).CopyTo(new Span<byte>(buffer, length));
        return (int)StatusCode.Ok;
    }

    [RuntimeExport("AParcel_readStrongBinder")]
    internal static int ReadStrongBinder(AParcel* parcel, AIBinder** binder)
    {
        StatusCode status = parcel->ReadStrongBinder(out AIBinder* read);
        *binder = read;
        return (int)status;
    }

    [RuntimeExport("AParcel_readStatusHeader")]
    internal static int ReadStatusHeader(AParcel* parcel, AStatus** status)
    {
        AStatus* read = AStatus.Create();
        StatusCode result = read->ReadFrom(parcel);
        if (result != StatusCode.Ok)
        {
            AStatus.Delete(read);
            read = null;
        }

        *status = read;
        return (int)result;
    }
}
