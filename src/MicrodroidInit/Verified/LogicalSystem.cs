using BootLoader.Cryptography;
using BootLoader.DeviceMapper;
using BootLoader.Super;
using MicrodroidInit.Disks;

namespace MicrodroidInit.Verified;

/// <summary>The logical partition system_a of super: where it lies, as a table of the device mapper.</summary>
/// <remarks>Nobody signed that table. All it can do is to name other sectors, whose blocks then have not the hashes of the tree.</remarks>
public static class LogicalSystem
{
    /// <summary>The slot whose partitions are used: _a.</summary>
    private const uint Slot = 0;

    /// <summary>A partition of more extents is refused; that of an image made in one go has one.</summary>
    private const int MaxExtents = 16;

    private const int MaxParameters = 64;

    /// <summary>Reads super and writes a request DM_TABLE_LOAD.</summary>
    /// <param name="partition">super.</param>
    /// <param name="needed">Sectors that the device has to have.</param>
    /// <param name="deviceName">The name of the device whose table it becomes.</param>
    /// <param name="request">Takes the request.</param>
    /// <param name="length">The request's length; usable when nothing is wrong.</param>
    public static InitFault FormatTable<TSystem, TDigest>(
        in DiskPartition partition, ulong needed, ReadOnlySpan<byte> deviceName, Span<byte> request, out int length)
        where TSystem : struct, ISystem
        where TDigest : IDigest
    {
        length = 0;
        int file = partition.Open<TSystem>();
        if (file < 0)
        {
            return new InitFault(InitError.OpenSuper, file);
        }

        // Where its size is not known it is empty, which is refused.
        PartitionStore<TSystem> store = PartitionStore<TSystem>.Of(file);
        Span<byte> memory = stackalloc byte[LpFormat.UsualMemory];
        LpFault fault = LpMetadataReader.Read<PartitionStore<TSystem>, TDigest>(ref store, Slot, memory, out LpMetadata metadata);
        TSystem.Close(file);
        if (fault != LpFault.None || (fault = metadata.Find("system_a"u8, out LpPartition system)) != LpFault.None)
        {
            return new InitFault(InitError.BadSuper, (int)fault);
        }

        if (system.SectorCount < needed || system.ExtentCount > MaxExtents)
        {
            return new InitFault(InitError.BadSystemPartition, (long)system.SectorCount);
        }

        var device = new AsciiText(stackalloc byte[MaxParameters]);
        device.Add(partition.Major);
        device.Add(":"u8);
        device.Add(partition.Minor);
        return AddExtents(metadata, system, device.Bytes, deviceName, request, out length);
    }

    private static InitFault AddExtents(
        in LpMetadata metadata, in LpPartition system, ReadOnlySpan<byte> device, ReadOnlySpan<byte> deviceName, Span<byte> request, out int length)
    {
        length = DeviceMapperRequest.Format(request, deviceName, DeviceMapperFormat.DM_READONLY_FLAG);
        Span<byte> parameters = stackalloc byte[MaxParameters];
        ulong place = 0;
        for (int i = 0; i < system.ExtentCount && length != 0; i++)
        {
            LpExtent extent = metadata.Extent(system, i);
            if (extent.IsZero)
            {
                return new InitFault(InitError.BadSystemPartition, (long)system.SectorCount);
            }

            int written = DeviceMapperTable.WriteLinear(parameters, device, extent.First);
            length = DeviceMapperRequest.AddTarget(request, length, place, extent.Count, DeviceMapperTable.Linear, parameters[..written]);
            place += extent.Count;
        }

        return length == 0 ? new InitFault(InitError.DeviceMapperTable, request.Length) : default;
    }
}
