using System.Buffers.Binary;

namespace BootLoader.DeviceMapper;

/// <summary>Writes the requests of the device mapper and reads its answers. Allocates nothing and throws nothing, so that code without a runtime shares it.</summary>
public static class DeviceMapperRequest
{
    /// <summary>Writes a request about a device by its name: for DM_DEV_CREATE, DM_DEV_SUSPEND and DM_DEV_REMOVE, and DM_TABLE_LOAD before <see cref="AddTarget"/>.</summary>
    /// <param name="request">Takes <see cref="DeviceMapperFormat.HeaderSize"/> bytes.</param>
    /// <param name="name">The device's name, 1 to 127 bytes without NUL.</param>
    /// <param name="flags">Flags of <see cref="DeviceMapperFormat"/>.</param>
    /// <returns>The request's length; 0 when it does not fit or the name cannot be one.</returns>
    public static int Format(Span<byte> request, ReadOnlySpan<byte> name, uint flags) =>
        request.Length < DeviceMapperFormat.HeaderSize || !FormatHeader(request, name, flags)
            ? 0
            : DeviceMapperFormat.HeaderSize;

    /// <summary>Writes the request DM_TABLE_LOAD of a table with one target, which takes the whole device.</summary>
    /// <param name="request">Takes it.</param>
    /// <param name="name">The device's name, 1 to 127 bytes without NUL.</param>
    /// <param name="flags">Flags of <see cref="DeviceMapperFormat"/>.</param>
    /// <param name="sectors">The device's size in sectors of 512 bytes.</param>
    /// <param name="type">The target's type: <c>verity</c>, <c>linear</c>, <c>crypt</c>; 1 to 15 bytes.</param>
    /// <param name="parameters">The target's parameters, without NUL.</param>
    /// <returns>The request's length; 0 when it does not fit, or a text cannot be what it is to be.</returns>
    public static int FormatTable(
        Span<byte> request, ReadOnlySpan<byte> name, uint flags, ulong sectors, ReadOnlySpan<byte> type, ReadOnlySpan<byte> parameters)
    {
        int length = Format(request, name, flags);
        return length == 0 ? 0 : AddTarget(request, length, 0, sectors, type, parameters);
    }

    /// <summary>Adds a target to a request DM_TABLE_LOAD. The kernel wants them in order and without a gap.</summary>
    /// <param name="request">The request.</param>
    /// <param name="length">Its length so far.</param>
    /// <param name="firstSector">Where the target begins in the device.</param>
    /// <param name="sectors">The target's size in sectors of 512 bytes.</param>
    /// <param name="type">The target's type: 1 to 15 bytes.</param>
    /// <param name="parameters">The target's parameters, without NUL.</param>
    /// <returns>The request's length; 0 when it does not fit, or a text cannot be what it is to be: it cannot be used then.</returns>
    public static int AddTarget(
        Span<byte> request, int length, ulong firstSector, ulong sectors, ReadOnlySpan<byte> type, ReadOnlySpan<byte> parameters)
    {
        const int Alignment = 8;
        if (length < DeviceMapperFormat.HeaderSize || length > request.Length
            || type.Length == 0 || type.Length >= DeviceMapperFormat.TargetTypeSize || HasNul(type) || HasNul(parameters))
        {
            return 0;
        }

        // The kernel wants the terminating NUL inside of the request, and reads targets at multiples of 8 only.
        Span<byte> target = request[length..];
        int room = DeviceMapperFormat.TargetSize;
        if (parameters.Length >= target.Length
            || (room += (parameters.Length + Alignment) & ~(Alignment - 1)) > target.Length)
        {
            return 0;
        }

        target = target[..room];
        target.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(target, firstSector);
        BinaryPrimitives.WriteUInt64LittleEndian(target[DeviceMapperFormat.TargetLengthOffset..], sectors);
        type.CopyTo(target[DeviceMapperFormat.TargetTypeOffset..]);
        parameters.CopyTo(target[DeviceMapperFormat.TargetSize..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(request[DeviceMapperFormat.TargetCountOffset..]);
        // Where the next one would stand, counted from this one; of the last the kernel does not ask.
        BinaryPrimitives.WriteUInt32LittleEndian(target[DeviceMapperFormat.TargetNextOffset..], (uint)room);
        BinaryPrimitives.WriteUInt32LittleEndian(request[DeviceMapperFormat.TargetCountOffset..], count + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(request[DeviceMapperFormat.DataSizeOffset..], (uint)(length + room));
        return length + room;
    }

    /// <summary>The device's number in an answer, as the file system knows it.</summary>
    /// <param name="answer">The request after the ioctl.</param>
    /// <param name="major">The major number.</param>
    /// <param name="minor">The minor number: the N of /dev/dm-N.</param>
    public static void ReadDevice(ReadOnlySpan<byte> answer, out uint major, out uint minor)
    {
        // huge_encode_dev of linux/kdev_t.h: the minor's low 8 bits, 12 bits of the major, the rest of the minor.
        ulong device = BinaryPrimitives.ReadUInt64LittleEndian(answer[DeviceMapperFormat.DeviceOffset..]);
        major = (uint)(device >> 8) & 0xfff;
        minor = (uint)(device & 0xff) | ((uint)(device >> 12) & 0xfff00);
    }

    private static bool FormatHeader(Span<byte> request, ReadOnlySpan<byte> name, uint flags)
    {
        if (name.Length == 0 || name.Length >= DeviceMapperFormat.NameSize || HasNul(name))
        {
            return false;
        }

        request[..DeviceMapperFormat.HeaderSize].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(request, DeviceMapperFormat.VersionMajor);
        BinaryPrimitives.WriteUInt32LittleEndian(request[DeviceMapperFormat.DataSizeOffset..], DeviceMapperFormat.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(request[DeviceMapperFormat.DataStartOffset..], DeviceMapperFormat.HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(request[DeviceMapperFormat.FlagsOffset..], flags);
        name.CopyTo(request[DeviceMapperFormat.NameOffset..]);
        return true;
    }

    private static bool HasNul(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == 0)
            {
                return true;
            }
        }

        return false;
    }
}
