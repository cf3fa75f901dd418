namespace MicrodroidInit.Disks;

/// <summary>The partitions of the disk that the system is on.</summary>
public struct SystemDisk
{
    /// <summary>The longest wait for the disks to come up, in milliseconds.</summary>
    public const uint Deadline = 10_000;

    private const uint Pause = 5;
    private const int MaxEvent = 1024;
    private const int MaxEntries = 4096;
    private const int MaxPath = LinuxAbi.MaxPath;

    private DiskPartition _vbmeta;
    private DiskPartition _super;
    private int _vbmetaCount;
    private int _superCount;

    /// <summary>vbmeta_a: what verifies the system.</summary>
    public readonly DiskPartition Vbmeta => _vbmeta;

    /// <summary>super: the logical partitions.</summary>
    public readonly DiskPartition Super => _super;

    /// <summary>Waits until both are there.</summary>
    /// <remarks>
    /// Which disk they are on does not matter, as what they hold is verified. Two of one name are refused: a name is all that tells what is what, so
    /// nobody could say which one was meant.
    /// </remarks>
    /// <param name="disk">The partitions; usable when nothing is wrong.</param>
    public static InitFault Await<TSystem>(out SystemDisk disk)
        where TSystem : struct, ISystem
    {
        ulong end = TSystem.Milliseconds + Deadline;
        while (true)
        {
            InitFault fault = Look<TSystem>(out disk);
            if (fault.Error is not (InitError.NoVbmetaPartition or InitError.NoSuperPartition) || TSystem.Milliseconds >= end)
            {
                return fault;
            }

            TSystem.Sleep(Pause);
        }
    }

    private static InitFault Look<TSystem>(out SystemDisk disk)
        where TSystem : struct, ISystem
    {
        disk = default;
        int directory = TSystem.Open("/sys/class/block"u8, LinuxAbi.O_RDONLY | LinuxAbi.O_DIRECTORY);
        if (directory < 0)
        {
            return new InitFault(InitError.ListDisks, directory);
        }

        Span<byte> room = stackalloc byte[MaxEntries];
        int length;
        while ((length = TSystem.ReadEntries(directory, room)) > 0)
        {
            var entries = new DirectoryEntries(room[..Math.Min(length, room.Length)]);
            while (entries.MoveNext())
            {
                disk.Take<TSystem>(entries.Current);
            }
        }

        TSystem.Close(directory);
        return length < 0 ? new InitFault(InitError.ListDisks, length)
            : disk._vbmetaCount > 1 ? new InitFault(InitError.TwoVbmetaPartitions, disk._vbmetaCount)
            : disk._superCount > 1 ? new InitFault(InitError.TwoSuperPartitions, disk._superCount)
            : disk._vbmetaCount == 0 ? new InitFault(InitError.NoVbmetaPartition, Deadline)
            : disk._superCount == 0 ? new InitFault(InitError.NoSuperPartition, Deadline)
            : default;
    }

    // What goes away between listing and reading, or is no partition, is not ours.
    private void Take<TSystem>(ReadOnlySpan<byte> device)
        where TSystem : struct, ISystem
    {
        if (device.Length == 0 || device[0] == (byte)'.' || device.Length > MaxPath - 64)
        {
            return;
        }

        var path = new AsciiText(stackalloc byte[MaxPath]);
        path.Add("/sys/class/block/"u8);
        path.Add(device);
        path.Add("/uevent"u8);
        Span<byte> room = stackalloc byte[MaxEvent];
        int length = TextFile.Read<TSystem>(path.Bytes, room);
        if (length <= 0 || length == room.Length || !DiskEvent.TryRead(room[..length], out ReadOnlySpan<byte> name, out DiskPartition partition))
        {
            return;
        }

        if (name.SequenceEqual("vbmeta_a"u8))
        {
            _vbmetaCount++;
            _vbmeta = partition;
        }
        else if (name.SequenceEqual("super"u8))
        {
            _superCount++;
            _super = partition;
        }
    }
}
