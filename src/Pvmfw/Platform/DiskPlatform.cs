using System.Threading;
using Pvmfw.Disk;

namespace Pvmfw.Platform;

/// <summary>What the disk driver needs of the machine: registers, pages that a device may reach, and a clock.</summary>
public readonly unsafe struct DiskPlatform : IDiskPlatform
{
    private const int MostMappings = 128;

#pragma warning disable CS0169 // The compiler does not count a fixed buffer's use.
    private static DeviceMappings s_mappings;
#pragma warning restore CS0169
    private static int s_mappingCount;

    /// <inheritdoc/>
    public static ulong Address => Processor.Address(&LinkerSymbols.DmaPages);

    /// <inheritdoc/>
    public static ulong Ticks => Processor.ReadCounter();

    /// <inheritdoc/>
    public static ulong TicksPerSecond => Processor.ReadCounterFrequency();

    private static byte* Pages => (byte*)Address;

    /// <summary>Makes registers reachable. What belongs to the firmware or lies in RAM is none, whatever a device says.</summary>
    /// <param name="address">Guest physical.</param>
    /// <param name="length">In bytes.</param>
    public static bool Map(ulong address, ulong length)
    {
        if (s_mappingCount == MostMappings || length == 0 || address >= FirmwareLayout.AddressLimit || length > FirmwareLayout.AddressLimit - address)
        {
            return false;
        }

        ulong end = address + length;
        if ((address < FirmwareLayout.ScratchAddress + FirmwareLayout.ScratchSize && end > FirmwareLayout.ImageAddress)
            || (end > FirmwareLayout.RamStart && !FirmwareMemory.IsBehindRam(address)))
        {
            return false;
        }

        PageTable.Map(address, length, PageAccess.Device);
        fixed (ulong* words = s_mappings.Words)
        {
            words[2 * s_mappingCount] = address;
            words[2 * s_mappingCount + 1] = length;
        }

        s_mappingCount++;
        return true;
    }

    /// <inheritdoc/>
    public static void UnmapAll()
    {
        fixed (ulong* words = s_mappings.Words)
        {
            for (int index = 0; index < s_mappingCount; index++)
            {
                PageTable.Unmap(words[2 * index], words[2 * index + 1]);
            }
        }

        s_mappingCount = 0;
    }

    /// <inheritdoc/>
    public static byte Load8(ulong address) => Volatile.Read((byte*)address);

    /// <inheritdoc/>
    public static ushort Load16(ulong address) => Volatile.Read((ushort*)address);

    /// <inheritdoc/>
    public static uint Load32(ulong address) => Volatile.Read((uint*)address);

    /// <inheritdoc/>
    public static void Store8(ulong address, byte value) => Volatile.Write((byte*)address, value);

    /// <inheritdoc/>
    public static void Store16(ulong address, ushort value) => Volatile.Write((ushort*)address, value);

    /// <inheritdoc/>
    public static void Store32(ulong address, uint value) => Volatile.Write((uint*)address, value);

    /// <summary>Shares the pages in a protected VM; elsewhere the host reaches them anyway.</summary>
    public static bool Share()
    {
        if (!Hypervisor.IsProtected)
        {
            return true;
        }

        // A granule larger than the pages would share what lies beside them.
        if (Hypervisor.ShareGranule != FirmwareLayout.PageSize)
        {
            return false;
        }

        for (ulong offset = 0; offset < QueueLayout.Size; offset += FirmwareLayout.PageSize)
        {
            if (!Hypervisor.Share(Address + offset))
            {
                return TakeBack(offset) && false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public static bool Unshare() => !Hypervisor.IsProtected || TakeBack(QueueLayout.Size);

    /// <inheritdoc/>
    public static void Clear() => new Span<byte>(Pages, QueueLayout.Size).Clear();

    /// <inheritdoc/>
    public static ushort Load16(int offset) => Volatile.Read((ushort*)(Pages + offset));

    /// <inheritdoc/>
    public static void CopyOut(int offset, Span<byte> bytes)
    {
        for (int index = 0; index < bytes.Length; index++)
        {
            bytes[index] = Volatile.Read(Pages + offset + index);
        }
    }

    /// <inheritdoc/>
    public static void Store16(int offset, ushort value) => Volatile.Write((ushort*)(Pages + offset), value);

    /// <inheritdoc/>
    public static void CopyIn(int offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(new Span<byte>(Pages + offset, bytes.Length));

    /// <inheritdoc/>
    public static void OrderStores() => Processor.OrderStores();

    /// <inheritdoc/>
    public static void OrderLoads() => Processor.OrderLoads();

    /// <inheritdoc/>
    public static void Pause() => Processor.Pause();

    private static bool TakeBack(ulong shared)
    {
        bool isBack = true;
        for (ulong offset = 0; offset < shared; offset += FirmwareLayout.PageSize)
        {
            isBack &= Hypervisor.Unshare(Address + offset);
        }

        return isBack;
    }

    private struct DeviceMappings
    {
        public fixed ulong Words[2 * MostMappings];
    }
}
