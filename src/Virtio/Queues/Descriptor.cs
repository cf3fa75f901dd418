using System.Runtime.InteropServices;

namespace Virtio.Queues;

/// <summary><c>struct virtq_desc</c> (section 2.7.5) and <c>struct pvirtq_desc</c> (section 2.8.13): the last two fields change places.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Descriptor
{
    internal readonly ulong Address;
    internal readonly uint Length;
    private readonly ushort _third;
    private readonly ushort _fourth;

    internal ushort SplitFlags => _third;

    internal ushort SplitNext => _fourth;

    internal ushort PackedId => _third;

    internal ushort PackedFlags => _fourth;
}
