using System.Buffers.Binary;
using BootLoader.Firmware;
using BootLoader.Firmware.Making;

namespace BootLoader.Tests.Firmware;

public sealed class PvmfwConfigTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_written_is_read_in_every_version(int minor)
    {
        var blobs = new PvmfwConfigBlobs
        {
            DiceHandover = Bytes(13, 1),
            DebugPolicy = Bytes(8, 2),
            DeviceAssignment = minor >= 1 ? Bytes(1, 3) : default,
            ReferenceTree = minor >= 2 ? Bytes(9, 4) : default,
            ReservedMemory = minor >= 3 ? Bytes(7, 5) : default,
        };
        byte[] data = blobs.ToBytes(minor);
        Assert.Equal("pvmf"u8.ToArray(), data[..4]);
        Assert.Equal(0, data.Length % 8);
        Assert.True(PvmfwConfig.Read([.. data, 1, 2, 3], out PvmfwConfig config).IsNone);
        Assert.Equal(data.Length, config.Data.Length);
        Assert.Equal(1, config.MajorVersion);
        Assert.Equal(minor, config.MinorVersion);
        Assert.Equal(2 + minor, config.EntryCount);
        Assert.Equal(0u, config.Flags);
        Assert.Equal(blobs.DiceHandover.ToArray(), config.DiceHandover.ToArray());
        Assert.Equal(blobs.DebugPolicy.ToArray(), config.DebugPolicy.ToArray());
        Assert.Equal(blobs.DeviceAssignment.ToArray(), config.DeviceAssignment.ToArray());
        Assert.Equal(blobs.ReferenceTree.ToArray(), config.ReferenceTree.ToArray());
        Assert.Equal(blobs.ReservedMemory.ToArray(), config.ReservedMemory.ToArray());
        for (int length = 0; length < data.Length; length++)
        {
            Assert.Equal(PvmfwConfigError.Truncated, PvmfwConfig.Read(data.AsSpan(0, length), out _).Error);
        }
    }

    [Fact]
    public void The_bytes_are_those_that_the_format_describes()
    {
        byte[] data = new PvmfwConfigBlobs { DiceHandover = Bytes(3, 0xaa), ReferenceTree = Bytes(8, 0xbb) }.ToBytes(2);
        Assert.Equal(
            "70766d66" + "02000100" + "40000000" + "00000000" + "3000000003000000" + "0000000000000000" + "0000000000000000" + "3800000008000000"
            + "aaaaaa0000000000" + "bbbbbbbbbbbbbbbb",
            Convert.ToHexStringLower(data));
    }

    [Fact]
    public void An_unknown_minor_version_is_read_as_the_newest_known()
    {
        byte[] data = new PvmfwConfigBlobs { DiceHandover = Bytes(8, 1), ReservedMemory = Bytes(8, 2) }.ToBytes(3);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(4), 0xffff);
        Assert.True(PvmfwConfig.Read(data, out PvmfwConfig config).IsNone);
        Assert.Equal(0xffff, config.MinorVersion);
        Assert.Equal(5, config.EntryCount);
        Assert.Equal(8, config.ReservedMemory.Length);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    [InlineData(0xffffu)]
    public void Another_major_version_is_refused(uint major)
    {
        byte[] data = Sample();
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), major << 16);
        AssertFault(data, PvmfwConfigError.UnsupportedVersion, default, major, 1);
    }

    [Fact]
    public void Flags_that_are_set_are_told_and_not_refused()
    {
        byte[] data = Sample();
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(12), 0x8000_0001);
        Assert.True(PvmfwConfig.Read(data, out PvmfwConfig config).IsNone);
        Assert.Equal(0x8000_0001u, config.Flags);
    }

    [Fact]
    public void A_header_that_is_wrong_is_refused()
    {
        byte[] data = Sample();
        data[0] ^= 1;
        AssertFault(data, PvmfwConfigError.WrongMagic, default, 0x666d_7671, 0x666d_7670);
        data = Sample();
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(8), 39);
        AssertFault(data, PvmfwConfigError.TotalSizeTooSmall, default, 39, 40);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(8), uint.MaxValue);
        AssertFault(data, PvmfwConfigError.Truncated, default, (ulong)data.Length, uint.MaxValue);
    }

    [Theory]
    [InlineData(0u, 8u)]
    [InlineData(40u, 0u)]
    public void A_missing_hand_over_is_refused(uint offset, uint size)
    {
        byte[] data = Sample();
        SetEntry(data, 0, offset, size);
        AssertFault(data, PvmfwConfigError.MissingHandover, PvmfwConfigEntry.DiceHandover, size, 1);
    }

    [Theory]
    [InlineData(1, 52u, 4u, PvmfwConfigError.MisalignedEntry, 52u, 8u)]
    [InlineData(1, 41u, 4u, PvmfwConfigError.MisalignedEntry, 41u, 8u)]
    [InlineData(0, 32u, 8u, PvmfwConfigError.EntryTooEarly, 32u, 40u)] // inside the entries
    [InlineData(0, 8u, 8u, PvmfwConfigError.EntryTooEarly, 8u, 40u)] // inside the header
    [InlineData(1, 40u, 8u, PvmfwConfigError.EntryTooEarly, 40u, 48u)] // over entry 0
    [InlineData(0, 40u, 9u, PvmfwConfigError.EntryTooEarly, 48u, 49u)] // entry 0 reaches into entry 1
    [InlineData(2, 48u, 8u, PvmfwConfigError.EntryTooEarly, 48u, 56u)] // out of order
    [InlineData(2, 56u, 9u, PvmfwConfigError.EntryTooLong, 65u, 64u)]
    [InlineData(2, 64u, 1u, PvmfwConfigError.EntryTooLong, 65u, 64u)]
    [InlineData(2, 56u, uint.MaxValue, PvmfwConfigError.EntryTooLong, 0x1_0000_0037u, 64u)]
    [InlineData(2, 0xffff_fff8u, 8u, PvmfwConfigError.EntryTooLong, 0x1_0000_0000u, 64u)]
    [InlineData(2, 0xffff_fff8u, 0xffff_ffffu, PvmfwConfigError.EntryTooLong, 0x1_ffff_fff7u, 64u)]
    public void An_entry_that_is_misplaced_is_refused_with_its_limit(int index, uint offset, uint size, PvmfwConfigError error, ulong value, ulong limit)
    {
        byte[] data = Sample();
        SetEntry(data, index, offset, size);
        PvmfwConfigFault fault = PvmfwConfig.Read(data, out _);
        Assert.Equal(error, fault.Error);
        Assert.Equal(value, fault.Value);
        Assert.Equal(limit, fault.Limit);
    }

    [Fact]
    public void Absent_entries_between_others_do_not_disturb_their_order()
    {
        byte[] data = Sample();
        SetEntry(data, 1, 0, 100);
        Assert.True(PvmfwConfig.Read(data, out PvmfwConfig config).IsNone);
        Assert.True(config.DebugPolicy.IsEmpty);
        Assert.Equal(8, config.DeviceAssignment.Length);
        SetEntry(data, 1, 3, 0);
        Assert.True(PvmfwConfig.Read(data, out _).IsNone);
    }

    [Fact]
    public void No_bit_flipped_and_no_random_header_gives_a_blob_outside_the_data()
    {
        byte[] data = Sample();
        for (int bit = 0; bit < 40 * 8; bit++)
        {
            byte[] changed = [.. data];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Check(changed);
        }

        var random = new Random(17);
        int taken = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] changed = [.. data];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4 * random.Next(1, 10)), (uint)(random.Next(4) == 0 ? random.Next() : 8 * random.Next(9)));
            }

            taken += Check(changed) ? 1 : 0;
        }

        Assert.InRange(taken, 100, 99_900);
    }

    [Fact]
    public void A_blob_that_a_version_has_no_entry_for_is_refused_when_written()
    {
        var tree = new PvmfwConfigBlobs { DiceHandover = Bytes(8, 1), ReferenceTree = Bytes(8, 1) };
        Assert.Equal(2, tree.LeastMinorVersion);
        Assert.Equal("configuration data of version 1.1 has no entry for ReferenceTree: that is there from version 1.2 on", Refusal(tree, 1));
        Assert.Equal("configuration data has no version 1.4: 1.0 to 1.3 are known", Refusal(tree, 4));
        Assert.Equal("configuration data needs a DICE hand-over", Refusal(new PvmfwConfigBlobs { DiceHandover = default }, 1));
        Assert.StartsWith("configuration data would have ", Refusal(new PvmfwConfigBlobs { DiceHandover = new byte[PvmfwImage.MaximumSize] }, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_is_packed_with_its_configuration_data_at_the_next_page()
    {
        byte[] config = Sample();
        foreach ((int size, int start) in (IEnumerable<(int, int)>)[(1, 4096), (4096, 4096), (4097, 8192)])
        {
            byte[] image = Bytes(size, 0x5a);
            byte[] packed = PvmfwImage.Pack(image, config);
            Assert.Equal(start + config.Length, packed.Length);
            Assert.Equal(image, packed[..size]);
            Assert.DoesNotContain(packed[size..start], value => value != 0);
            Assert.Equal(config, packed[start..]);
        }

        Assert.Throws<FirmwareImageException>(() => PvmfwImage.Pack([], config));
        Assert.Throws<FirmwareImageException>(() => PvmfwImage.Pack(new byte[PvmfwImage.MaximumSize], config));
    }

    private static byte[] Sample() =>
        new PvmfwConfigBlobs { DiceHandover = Bytes(8, 1), DebugPolicy = Bytes(8, 2), DeviceAssignment = Bytes(8, 3) }.ToBytes(1);

    private static byte[] Bytes(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    private static void SetEntry(byte[] data, int index, uint offset, uint size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(16 + (8 * index)), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(20 + (8 * index)), size);
    }

    private static void AssertFault(byte[] data, PvmfwConfigError error, PvmfwConfigEntry entry, ulong value, ulong limit)
    {
        PvmfwConfigFault fault = PvmfwConfig.Read(data, out PvmfwConfig config);
        Assert.True(config.Data.IsEmpty);
        Assert.Equal((error, entry, value, limit), (fault.Error, fault.Entry, fault.Value, fault.Limit));
    }

    private static bool Check(byte[] data)
    {
        if (!PvmfwConfig.Read(data, out PvmfwConfig config).IsNone)
        {
            return false;
        }

        int end = 0;
        for (int entry = 0; entry < 6; entry++)
        {
            ReadOnlySpan<byte> blob = config[(PvmfwConfigEntry)entry];
            if (!blob.IsEmpty)
            {
                Assert.True(data.AsSpan().Overlaps(blob, out int at));
                Assert.True(at >= end && at % 8 == 0 && at >= 16 + (8 * config.EntryCount), $"entry {entry} at {at}");
                end = at + blob.Length;
            }
        }

        Assert.InRange(end, 1, config.Data.Length);
        return true;
    }

    private static string Refusal(PvmfwConfigBlobs blobs, int minor) => Assert.Throws<FirmwareImageException>(() => blobs.ToBytes(minor)).Message;
}
