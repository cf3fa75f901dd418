using BootLoader.DeviceMapper;

namespace MicrodroidInit.Verified;

/// <summary>A device of the device mapper: made, given its table, put in force.</summary>
public static class MappedDevice
{
    /// <summary>Makes a read-only device.</summary>
    /// <param name="control">/dev/mapper/control.</param>
    /// <param name="name">The device's name.</param>
    /// <param name="table">A request DM_TABLE_LOAD for it.</param>
    /// <param name="major">The device's major number.</param>
    /// <param name="minor">Its minor number: the N of /dev/dm-N.</param>
    /// <returns>0, or a negative errno. A device that was made and has no table is then left to the reset that follows.</returns>
    public static int Make<TSystem>(int control, ReadOnlySpan<byte> name, Span<byte> table, out uint major, out uint minor)
        where TSystem : struct, ISystem
    {
        major = minor = 0;
        Span<byte> request = stackalloc byte[DeviceMapperFormat.HeaderSize];
        DeviceMapperRequest.Format(request, name, DeviceMapperFormat.DM_READONLY_FLAG);
        int result = TSystem.Control(control, DeviceMapperFormat.DM_DEV_CREATE, request);
        if (result < 0)
        {
            return result;
        }

        DeviceMapperRequest.ReadDevice(request, out major, out minor);
        result = TSystem.Control(control, DeviceMapperFormat.DM_TABLE_LOAD, table);
        if (result < 0)
        {
            return result;
        }

        DeviceMapperRequest.Format(request, name, DeviceMapperFormat.DM_READONLY_FLAG);
        result = TSystem.Control(control, DeviceMapperFormat.DM_DEV_SUSPEND, request);
        return Math.Min(result, 0);
    }
}
