using System.Buffers.Binary;

namespace Pvmfw.DeviceTree;

/// <summary>What the device's boot loader allows for debugging of guests.</summary>
public readonly struct DebugPolicy
{
    private DebugPolicy(bool log, bool ramDump, bool adb)
    {
        Log = log;
        RamDump = ramDump;
        Adb = adb;
    }

    /// <summary>Guests may log to the host.</summary>
    public bool Log { get; }

    /// <summary>Guests that crash may dump their memory to the host.</summary>
    public bool RamDump { get; }

    /// <summary>Guests may open a shell to the host.</summary>
    public bool Adb { get; }

    /// <summary>Reads a policy; what is missing or malformed is not allowed.</summary>
    /// <param name="blob">A tree or overlay; may be empty.</param>
    public static DebugPolicy Read(ReadOnlySpan<byte> blob)
    {
        var tree = new TrustedTree(blob);
        return new DebugPolicy(
            Allows(tree, "/avf/guest/common"u8, "log"u8),
            Allows(tree, "/avf/guest/common"u8, "ramdump"u8),
            Allows(tree, "/avf/guest/microdroid"u8, "adb"u8));
    }

    private static bool Allows(TrustedTree tree, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name) =>
        tree.TryGetProperty(path, name, out ReadOnlySpan<byte> value)
        && value.Length == sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(value) == 1;
}
