using System.Buffers.Binary;
using BootLoader.Cryptography;
using BootLoader.InstanceImage;

namespace BootLoader.Tests.InstanceImage;

public sealed class InstanceImageHostileTests
{
    private static readonly byte[] s_record = InstanceImageTests.Record(1);

    [Fact]
    public void Every_bit_of_the_entry_that_is_flipped_leads_to_a_refusal_and_no_record()
    {
        byte[] content = WithEntry().Content;
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        for (int bit = 0; bit < 1024 * 8; bit++)
        {
            content[512 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            MemoryStore store = new(content);
            record.AsSpan().Fill(0xaa);
            InstanceImageFault fault = InstanceImageTests.Read(ref store, record);
            content[512 + (bit / 8)] ^= (byte)(1 << (bit % 8));

            // The image has six sectors for the payload: lengths below 4096 fit.
            InstanceImageFault expected = bit switch
            {
                < 16 * 8 => InstanceImageFault.NotFound,
                < (16 * 8) + 12 => InstanceImageFault.BadLength,
                < 24 * 8 => InstanceImageFault.EntryOutside,
                < (512 + PvmfwInstanceEntry.PayloadLength) * 8 => InstanceImageFault.NotAuthentic,
                _ => InstanceImageFault.BadPadding,
            };
            Assert.True(fault == expected, $"bit {bit}: {fault}");
            Assert.Equal(-1, record.AsSpan().IndexOfAnyExcept((byte)0));
        }
    }

    [Fact]
    public void An_image_that_is_cut_at_any_sector_is_refused()
    {
        byte[] content = WithEntry().Content;
        InstanceImageFault[] expected =
            [InstanceImageFault.TooSmall, InstanceImageFault.NotFound, InstanceImageFault.EntryOutside, InstanceImageFault.None];
        for (int sectors = 0; sectors < expected.Length; sectors++)
        {
            MemoryStore store = new(content[..(sectors * 512)]);
            Assert.Equal(expected[sectors], InstanceImageTests.Read(ref store, new byte[193]));
        }
    }

    [Fact]
    public void Every_bit_of_magic_and_version_counts()
    {
        for (int bit = 0; bit < 21 * 8; bit++)
        {
            MemoryStore store = WithEntry();
            store.Content[bit / 8] ^= (byte)(1 << (bit % 8));
            InstanceImageFault expected = bit / 8 < 19 ? InstanceImageFault.BadMagic : InstanceImageFault.BadVersion;
            Assert.Equal(expected, InstanceImageTests.Read(ref store, new byte[193]));
            Assert.Equal(expected, InstanceImageTests.Write(ref store, s_record));
        }
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 511)]
    [InlineData(ulong.MaxValue - 512)]
    [InlineData(1UL << 63)]
    [InlineData((6 * 512) + 1)]
    public void A_length_past_the_end_of_the_image_is_refused(ulong length)
    {
        foreach (byte first in (byte[])[0x90, 0x91])
        {
            MemoryStore store = WithEntry();
            store.Content[512] = first; // the firmware's entry, and one before it
            BinaryPrimitives.WriteUInt64LittleEndian(store.Content.AsSpan(512 + 16), length);
            Assert.Equal(InstanceImageFault.EntryOutside, InstanceImageTests.Read(ref store, new byte[193]));
            Assert.Equal(InstanceImageFault.EntryOutside, InstanceImageTests.Write(ref store, s_record));
        }
    }

    [Fact]
    public void An_entry_that_takes_the_last_sector_leads_to_no_place_behind_it()
    {
        MemoryStore store = WithEntry();
        store.Content[512] ^= 1;
        BinaryPrimitives.WriteUInt64LittleEndian(store.Content.AsSpan(512 + 16), 6 * 512);
        Assert.Equal(InstanceImageFault.NotFound, InstanceImageTests.Read(ref store, new byte[193]));
        Assert.Equal(InstanceImageFault.NoRoom, InstanceImageTests.Write(ref store, s_record));
    }

    [Fact]
    public void An_endless_chain_of_entries_is_left_after_a_bounded_number_of_reads()
    {
        byte[] content = InstanceImageTests.Image(sectors: 1000).Content;
        for (int sector = 1; sector < 1000; sector++)
        {
            content[sector * 512] = 1;
        }

        MemoryStore store = new(content) { SectorCount = ulong.MaxValue };
        Assert.Equal(InstanceImageFault.TooManyEntries, InstanceImageTests.Read(ref store, new byte[193]));
        Assert.Equal(InstanceImageFormat.MostEntries + 2, store.SectorsRead);
        Assert.Equal(InstanceImageFault.TooManyEntries, InstanceImageTests.Write(ref store, s_record));
    }

    [Fact]
    public void An_entry_at_the_end_of_an_image_of_all_sectors_there_can_be_does_not_wrap()
    {
        byte[] content = InstanceImageTests.Image().Content;
        content[512] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(512 + 16), ulong.MaxValue);
        MemoryStore store = new(content) { SectorCount = ulong.MaxValue };
        Assert.Equal(InstanceImageFault.NotFound, InstanceImageTests.Read(ref store, new byte[193]));
    }

    [Fact]
    public void The_payload_of_another_instance_or_another_entry_is_not_authentic()
    {
        MemoryStore store = WithEntry();
        byte[] record = new byte[193];
        Assert.Equal(
            InstanceImageFault.NotAuthentic, PvmfwInstanceEntry.Read<MemoryStore, HostCryptography>(ref store, new byte[32], record));

        // An entry under another UUID with its own valid tag, whose payload is put under the firmware's.
        byte[] key = new byte[32];
        HostCryptography.HkdfSha512([.. Enumerable.Range(1, 32).Select(static i => (byte)i)], default, "vm-instance"u8, key);
        byte[] header = new byte[512];
        InstanceImageWriter.FormatHeader(header, new byte[16], PvmfwInstanceEntry.PayloadLength);
        header[0] = 1;
        byte[] payload = new byte[PvmfwInstanceEntry.PayloadLength];
        HostCryptography.EncryptAes256Gcm(key, payload.AsSpan(0, 12), header, payload.AsSpan(12, 193), payload.AsSpan(205));
        payload.CopyTo(store.Content, 1024);
        Assert.Equal(InstanceImageFault.NotAuthentic, InstanceImageTests.Read(ref store, record));
        Assert.Equal(-1, record.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Of_two_entries_with_the_UUID_the_first_counts()
    {
        MemoryStore one = WithEntry();
        MemoryStore two = InstanceImageTests.Image();
        Assert.Equal(InstanceImageFault.None, InstanceImageTests.Write(ref two, InstanceImageTests.Record(2)));
        two.Content.AsSpan(512, 1024).CopyTo(one.Content.AsSpan(1536));
        byte[] record = new byte[193];
        Assert.Equal(InstanceImageFault.None, InstanceImageTests.Read(ref one, record));
        Assert.Equal(s_record, record);
    }

    [Fact]
    public void Mutated_images_never_do_more_than_be_refused()
    {
        Random random = new(5);
        byte[] good = WithEntry().Content;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] mutant = [.. good[..(random.Next(good.Length / 512 + 1) * 512)]];
            for (int change = random.Next(5); change > 0 && mutant.Length > 0; change--)
            {
                int sector = random.Next(mutant.Length / 512);
                mutant[(sector * 512) + random.Next(26)] = (byte)(random.Next(3) == 0 ? 0 : random.Next(256));
            }

            MemoryStore store = new(mutant);
            InstanceImageReader.Find(ref store, InstanceImageFormat.Pvmfw, new byte[512], out _);
            byte[] header = new byte[512];
            InstanceImageWriter.FormatHeader(header, InstanceImageFormat.Pvmfw, 600);
            InstanceImageWriter.Write(ref store, header, new byte[600]);
        }
    }

    private static MemoryStore WithEntry()
    {
        MemoryStore store = InstanceImageTests.Image();
        Assert.Equal(InstanceImageFault.None, InstanceImageTests.Write(ref store, s_record));
        return new MemoryStore(store.Content);
    }
}
