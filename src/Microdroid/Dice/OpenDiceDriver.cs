using System.Buffers.Binary;
using Kvm.Interop.Files;
using Kvm.Interop.Memory;

namespace Microdroid.Dice;

/// <summary>The kernel's driver of the hand-over (drivers/misc/open-dice.c).</summary>
/// <param name="path">The device.</param>
internal sealed class OpenDiceDriver(string path = "/dev/open-dice0") : IDiceDriver
{
    private const int LargestRegion = 1 << 20;

    /// <inheritdoc/>
    public bool IsPresent => File.Exists(path);

    /// <inheritdoc/>
    public LockedMemory Read()
    {
        using PosixFile device = PosixFile.Open(path, OpenFlags.O_RDWR);
        return Copy(device);
    }

    /// <inheritdoc/>
    public void Wipe()
    {
        using PosixFile device = PosixFile.Open(path, OpenFlags.O_RDWR);
        device.Write([0]); // Any write wipes the whole region; what is written is never looked at.
        using LockedMemory region = Copy(device);
        if (region.Span.IndexOfAnyExcept((byte)0) >= 0)
        {
            throw new InvalidDataException($"{path} still has the hand-over after it was wiped");
        }
    }

    private static unsafe LockedMemory Copy(PosixFile device)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        int read = device.Read(length);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (read != length.Length || size is 0 or > LargestRegion)
        {
            throw new InvalidDataException($"{device.Name} says that its region has {size} bytes; at most {LargestRegion} are possible");
        }

        using MemoryMapping mapping = MemoryMapping.MapForReading(device, size);
        var copy = new LockedMemory((int)size);
        // SAFETY: the mapping has this many bytes and lives until the end of the method.
        new ReadOnlySpan<byte>(mapping.Pointer, (int)size).CopyTo(copy.Span);
        return copy;
    }
}
