using System.Buffers.Binary;
using System.Text;
using BootLoader.DeviceMapper;

namespace MicrodroidInit.Tests.Machine;

/// <summary>Reads a request as the kernel does (drivers/md/dm-ioctl.c), and says what it asks for.</summary>
internal static class DeviceMapperRequestText
{
    public static (string Text, byte[] Request) Of(uint request, ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(4u, U32(bytes, 0));
        Assert.Equal((uint)bytes.Length, U32(bytes, 12));
        Assert.Equal(312u, U32(bytes, 16));
        string name = CString(bytes.Slice(48, 128));
        Assert.Equal(1u, U32(bytes, 28));
        string text = request switch
        {
            DeviceMapperFormat.DM_DEV_CREATE => $"dm create {name}",
            DeviceMapperFormat.DM_DEV_SUSPEND => $"dm resume {name}",
            DeviceMapperFormat.DM_TABLE_LOAD => $"dm load {name}: {Targets(bytes)}",
            _ => throw new InvalidOperationException($"{request:x}"),
        };
        return (text, bytes.ToArray());
    }

    private static string Targets(ReadOnlySpan<byte> bytes)
    {
        var targets = new List<string>();
        int place = 312;
        for (uint i = 0; i < U32(bytes, 20); i++)
        {
            Assert.Equal(0, place % 8);
            ReadOnlySpan<byte> target = bytes[place..];
            string parameters = CString(target[40..]);
            targets.Add($"{U64(target, 0)} {U64(target, 8)} {CString(target.Slice(24, 16))} {parameters}");
            place += (int)U32(target, 20);
        }

        return string.Join("; ", targets);
    }

    private static string CString(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        Assert.True(end >= 0, "no NUL");
        return Encoding.ASCII.GetString(bytes[..end]);
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
