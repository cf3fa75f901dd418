using System.Runtime.CompilerServices;

namespace MicrodroidInit.Disks;

/// <summary>A partition of a disk, as the kernel knows it.</summary>
public struct DiskPartition
{
    private const int MaxName = 32;

    private NameBytes _name;
    private int _nameLength;

    /// <summary>The device's major number.</summary>
    public uint Major { get; set; }

    /// <summary>The device's minor number.</summary>
    public uint Minor { get; set; }

    /// <summary>Opens it to read.</summary>
    /// <returns>A descriptor, or a negative errno.</returns>
    public readonly int Open<TSystem>()
        where TSystem : struct, ISystem
    {
        var path = new AsciiText(stackalloc byte[MaxName + 8]);
        path.Add("/dev/"u8);
        for (int i = 0; i < _nameLength; i++)
        {
            path.Add([_name[i]]);
        }

        return TSystem.Open(path.Bytes, LinuxAbi.O_RDONLY);
    }

    /// <summary>Keeps the device's name.</summary>
    /// <returns>False when it cannot be one.</returns>
    public bool TrySetName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxName)
        {
            return false;
        }

        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9')))
            {
                return false;
            }

            _name[i] = name[i];
        }

        _nameLength = name.Length;
        return true;
    }

    [InlineArray(MaxName)]
    private struct NameBytes
    {
        private byte _first;
    }
}
