using System.Buffers.Binary;
using BootLoader.Fdt;

namespace Pvmfw.SelfCheck;

/// <summary>The core library does what the framework's does.</summary>
internal static class CoreLibraryChecks
{
    public static void Run()
    {
        Spans();
        Copies();
        Numbers();
        Trees();
        int? none = null;
        int? some = 3;
        SelfCheck.Check("nullable"u8, !none.HasValue && some.Value == 3 && (none ?? 5) == 5 && some.GetValueOrDefault() == 3);
        (int, uint) pair = (4, 5);
        (int first, uint second) = pair;
        SelfCheck.Check("tuple"u8, first == 4 && second == 5);
        SelfCheck.Check("least and greatest"u8, Math.Min(-1, 2) == -1 && Math.Max(1UL, ulong.MaxValue) == ulong.MaxValue);
    }

    private static void Spans()
    {
        ReadOnlySpan<byte> text = "abcabc"u8;
        SelfCheck.Check("IndexOf"u8, text.IndexOf((byte)'c') == 2 && text.IndexOf((byte)'x') == -1 && text.IndexOf("ca"u8) == 2 && text.IndexOf("cc"u8) == -1);
        SelfCheck.Check("LastIndexOf"u8, text.LastIndexOf((byte)'a') == 3 && text.LastIndexOf("abc"u8) == 3 && text.LastIndexOf("abd"u8) == -1);
        SelfCheck.Check("StartsWith, EndsWith"u8, text.StartsWith("abc"u8) && !text.StartsWith("bc"u8) && text.EndsWith("bc"u8) && !"c"u8.EndsWith("bc"u8));
        SelfCheck.Check("SequenceEqual"u8, text[..3].SequenceEqual(text[^3..]) && !text.SequenceEqual(text[1..]) && default(ReadOnlySpan<byte>).SequenceEqual(""u8));
        SelfCheck.Check("SequenceCompareTo"u8, "a"u8.SequenceCompareTo("ab"u8) < 0 && "b"u8.SequenceCompareTo("ab"u8) > 0 && text.SequenceCompareTo(text) == 0);
        Range middle = 1..^1;
        SelfCheck.Check("ranges"u8, text[1..^1].SequenceEqual("bcab"u8) && middle.Start.GetOffset(6) == 1 && middle.End.GetOffset(6) == 5);
        int sum = 0;
        foreach (byte value in text)
        {
            sum += value;
        }

        SelfCheck.Check("foreach"u8, sum == 2 * ('a' + 'b' + 'c'));
        Span<uint> words = stackalloc uint[4];
        words.Fill(7);
        words[1..3].Clear();
        SelfCheck.Check("Fill and Clear"u8, words[0] == 7 && words[1] == 0 && words[2] == 0 && words[3] == 7);
        SelfCheck.Check("TryCopyTo"u8, !text.TryCopyTo(stackalloc byte[5]) && text[..5].TryCopyTo(stackalloc byte[5]));
    }

    // Every overlap and alignment, against a copy made byte by byte.
    private static void Copies()
    {
        Span<byte> memory = stackalloc byte[64];
        Span<byte> expected = stackalloc byte[64];
        bool same = true;
        for (int from = 0; from < 20; from++)
        {
            for (int to = 0; to < 20; to++)
            {
                for (int length = 0; length < 40; length += 3)
                {
                    for (int index = 0; index < memory.Length; index++)
                    {
                        memory[index] = expected[index] = (byte)((index * 7) + length);
                    }

                    for (int index = 0; index < length; index++)
                    {
                        expected[to + index] = (byte)(((from + index) * 7) + length);
                    }

                    memory.Slice(from, length).CopyTo(memory[to..]);
                    same &= memory.SequenceEqual(expected);
                }
            }
        }

        SelfCheck.Check("copies that overlap"u8, same);
    }

    private static void Numbers()
    {
        ReadOnlySpan<byte> bytes = [0, 0xf1, 2, 3, 4, 5, 6, 7, 0x88];
        ReadOnlySpan<byte> odd = bytes[1..];
        SelfCheck.Check("16 bits"u8, BinaryPrimitives.ReadUInt16BigEndian(odd) == 0xf102 && BinaryPrimitives.ReadUInt16LittleEndian(odd) == 0x02f1);
        SelfCheck.Check("32 bits"u8, BinaryPrimitives.ReadUInt32BigEndian(odd) == 0xf1020304 && BinaryPrimitives.ReadInt32LittleEndian(odd) == 0x040302f1);
        SelfCheck.Check(
            "64 bits"u8,
            BinaryPrimitives.ReadUInt64BigEndian(odd) == 0xf102030405060788 && BinaryPrimitives.ReadUInt64LittleEndian(odd) == 0x88070605040302f1);
        SelfCheck.Check("too short"u8, !BinaryPrimitives.TryReadUInt64LittleEndian(bytes[2..], out ulong missing) && missing == 0);
        Span<byte> room = stackalloc byte[9];
        BinaryPrimitives.WriteUInt64BigEndian(room[1..], 0xf102030405060788);
        SelfCheck.Check("written"u8, room.SequenceEqual(bytes));
        BinaryPrimitives.WriteInt32LittleEndian(room, -2);
        BinaryPrimitives.WriteUInt16BigEndian(room[4..], 0x1234);
        SelfCheck.Check("written over"u8, room[..6].SequenceEqual([0xfe, 0xff, 0xff, 0xff, 0x12, 0x34]));
    }

    // Names that are shared, nesting and inline arrays, all by sources that the host has as well.
    private static void Trees()
    {
        Span<byte> blob = stackalloc byte[512];
        var writer = new FdtWriter(blob);
        writer.Reserve(0x1000, 0x2000);
        writer.BeginNode(""u8);
        writer.PropertyU32("#address-cells"u8, 2);
        writer.BeginNode("memory@80000000"u8);
        writer.PropertyU64("reg"u8, 0x80000000, 0x10000000);
        writer.PropertyString("device_type"u8, "memory"u8);
        writer.EndNode();
        writer.EndNode();
        FdtFault fault = writer.Finish(out int length);
        SelfCheck.Check("a tree is written"u8, fault.IsNone);
        fault = FdtReader.Open(blob[..length], out FdtReader reader);
        bool found = reader.TryFind("/memory"u8, out FdtNodeView memory) & memory.TryGetProperty("reg"u8, out FdtPropertyView region);
        SelfCheck.Check("and read"u8, fault.IsNone && found && region.TryGetCell(1, out uint start) && start == 0x80000000 && reader.Reservation(0).Size == 0x2000);
        SelfCheck.Check("but not when cut"u8, !FdtReader.Open(blob[..(length - 1)], out _).IsNone);
    }
}
