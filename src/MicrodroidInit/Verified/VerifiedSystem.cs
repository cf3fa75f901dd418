using BootLoader.Cryptography;
using BootLoader.DeviceMapper;
using MicrodroidInit.Disks;

namespace MicrodroidInit.Verified;

/// <summary>The system as a block device whose every block is verified when it is read.</summary>
public static class VerifiedSystem
{
    private const int MaxTable = 4096;
    private const int MaxParameters = 512;
    private const int MaxDevice = 32;

    private static ReadOnlySpan<byte> BaseName => "system_a-base"u8;

    private static ReadOnlySpan<byte> Name => "system_a"u8;

    /// <summary>
    /// What a block of a wrong hash leads to: a panic. It ends the guest at once, as the restart that Android asks for does, but tells why: in the
    /// kernel's log, and to whoever hears of panics. The kernel restarts after it (CONFIG_PANIC_TIMEOUT, and <see cref="InitMain"/> sets it).
    /// </summary>
    private static ReadOnlySpan<byte> WhenCorrupt => "panic_on_corruption"u8;

    /// <summary>Makes the device.</summary>
    /// <param name="disk">The partitions.</param>
    /// <param name="hashtree">From the verified vbmeta.</param>
    /// <param name="minor">The N of /dev/dm-N; usable when nothing is wrong.</param>
    public static InitFault Make<TSystem, TDigest>(in SystemDisk disk, in SystemHashtree hashtree, out uint minor)
        where TSystem : struct, ISystem
        where TDigest : IDigest
    {
        minor = 0;
        Span<byte> table = stackalloc byte[MaxTable];
        InitFault fault = LogicalSystem.FormatTable<TSystem, TDigest>(disk.Super, hashtree.Sectors, BaseName, table, out int length);
        if (!fault.IsNone)
        {
            return fault;
        }

        int control = TSystem.Open("/dev/mapper/control"u8, LinuxAbi.O_RDWR);
        if (control < 0)
        {
            return new InitFault(InitError.OpenDeviceMapper, control);
        }

        fault = MakeBoth<TSystem>(control, hashtree, table, length, out minor);
        TSystem.Close(control);
        return fault;
    }

    private static InitFault MakeBoth<TSystem>(int control, in SystemHashtree hashtree, Span<byte> table, int length, out uint minor)
        where TSystem : struct, ISystem
    {
        int result = MappedDevice.Make<TSystem>(control, BaseName, table[..length], out uint major, out minor);
        if (result < 0)
        {
            return new InitFault(InitError.MapBase, result);
        }

        var device = new AsciiText(stackalloc byte[MaxDevice]);
        device.Add(major);
        device.Add(":"u8);
        device.Add(minor);
        Span<byte> parameters = stackalloc byte[MaxParameters];
        int written = DeviceMapperTable.WriteVerity(
            parameters, device.Bytes, device.Bytes, hashtree.DataBlocks, hashtree.FirstHashBlock, hashtree.RootDigest, hashtree.Salt, WhenCorrupt, 1);
        length = DeviceMapperRequest.FormatTable(
            table, Name, DeviceMapperFormat.DM_READONLY_FLAG, hashtree.DataSectors, DeviceMapperTable.Verity, parameters[..written]);
        if (written == 0 || length == 0)
        {
            return new InitFault(InitError.DeviceMapperTable, MaxTable);
        }

        result = MappedDevice.Make<TSystem>(control, Name, table[..length], out _, out minor);
        return result < 0 ? new InitFault(InitError.MapVerity, result) : default;
    }
}
