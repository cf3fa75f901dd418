namespace MicrodroidInit.Disks;

/// <summary>Reading a disk, which may give less than was asked for.</summary>
public static class PartitionReading
{
    /// <summary>Reads until the room is full or the disk ends.</summary>
    /// <returns>The bytes read, or a negative errno.</returns>
    public static int ReadWhole<TSystem>(int descriptor, Span<byte> room, ulong offset)
        where TSystem : struct, ISystem
    {
        int length = 0;
        while (length < room.Length)
        {
            int count = TSystem.ReadAt(descriptor, room[length..], offset + (ulong)length);
            if (count == -LinuxAbi.EINTR)
            {
                continue;
            }

            if (count < 0 || count > room.Length - length)
            {
                return count < 0 ? count : -LinuxAbi.EIO;
            }

            if (count == 0)
            {
                break;
            }

            length += count;
        }

        return length;
    }
}
