using System.Buffers.Binary;
using BootLoader.Cryptography;
using BootLoader.InstanceImage;
using BootLoader.InstanceImage.Making;

namespace BootLoader.Tests.InstanceImage;

public sealed class InstanceImageTests
{
    private static readonly byte[] s_cdi = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
    private static readonly byte[] s_nonce = [.. Enumerable.Range(0x40, 12).Select(static i => (byte)i)];
    private static readonly byte[] s_record = Record(1);
    private static readonly byte[] s_microdroid = new Guid("cf9afe9a-0662-11ec-a329-c32663a09d75").ToByteArray(bigEndian: true);

    [Fact]
    public void An_empty_image_is_a_header_and_zeros_of_whole_pages()
    {
        byte[] header = InstanceImageCreation.Header();
        Assert.Equal(512, header.Length);
        Assert.Equal("Android-VM-instance"u8, header.AsSpan(0, 19));
        Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(19)));
        Assert.Equal(-1, header.AsSpan(21).IndexOfAnyExcept((byte)0));
        Assert.Equal(10 << 20, new InstanceImageCreation(InstanceImageCreation.DefaultSize).Size);
        Assert.Equal(4096, new InstanceImageCreation(1).Size);
        Assert.Equal(8192, new InstanceImageCreation(4097).Size);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InstanceImageCreation(0));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new InstanceImageCreation(long.MaxValue));
    }

    [Fact]
    public void A_record_that_is_written_is_read_as_the_same_record()
    {
        MemoryStore store = Image();
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        Assert.Equal(InstanceImageFault.NotFound, Read(ref store, record));
        Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
        Assert.Equal(InstanceImageFault.None, Read(ref store, record));
        Assert.Equal(s_record, record);
        PvmfwInstanceRecord view = new(record);
        Assert.Equal(s_record.AsSpan(..64), view.CodeHash);
        Assert.Equal(s_record.AsSpan(64..128), view.AuthorityHash);
        Assert.Equal(s_record.AsSpan(128..192), view.Salt);
        Assert.Equal(s_record[192], view.Mode);
    }

    [Fact]
    public void The_entry_has_the_layout_of_the_format_and_is_encrypted_under_the_key_of_the_CDI()
    {
        MemoryStore store = Image();
        Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
        ReadOnlySpan<byte> header = store.Content.AsSpan(512, 512);
        Assert.Equal(new Guid("90d2174a-038a-4bc6-adf3-824848fc5825").ToByteArray(bigEndian: true), header[..16].ToArray());
        Assert.Equal(221UL, BinaryPrimitives.ReadUInt64LittleEndian(header[16..]));
        Assert.Equal(-1, header[24..].IndexOfAnyExcept((byte)0));
        byte[] payload = store.Content[1024..(1024 + 221)];
        Assert.Equal(s_nonce, payload[..12]);
        Assert.Equal(-1, store.Content.AsSpan(1024 + 221).IndexOfAnyExcept((byte)0));

        // With .NET's own classes, not through the code under test.
        byte[] key = System.Security.Cryptography.HKDF.DeriveKey(
            System.Security.Cryptography.HashAlgorithmName.SHA512, s_cdi, 32, salt: [], info: "vm-instance"u8.ToArray());
        byte[] plain = new byte[193];
        using var gcm = new System.Security.Cryptography.AesGcm(key, 16);
        gcm.Decrypt(payload.AsSpan(0, 12), payload.AsSpan(12, 193), payload.AsSpan(205), plain, header);
        Assert.Equal(s_record, plain);
    }

    [Fact]
    public void A_second_write_takes_the_place_of_the_first()
    {
        MemoryStore store = Image();
        Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
        Assert.Equal(InstanceImageFault.None, Write(ref store, Record(2)));
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        Assert.Equal(InstanceImageFault.None, Read(ref store, record));
        Assert.Equal(Record(2), record);
        Assert.Equal(-1, store.Content.AsSpan(3 * 512).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(3000)]
    public void Entries_of_any_length_stand_beside_the_firmwares(int length)
    {
        MemoryStore store = Image(sectors: 16);
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        byte[] header = new byte[512];
        InstanceImageWriter.FormatHeader(header, s_microdroid, length);
        Assert.Equal(InstanceImageFault.None, InstanceImageWriter.Write(ref store, header, payload));
        Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
        Assert.Equal(InstanceImageFault.None, InstanceImageWriter.Write(ref store, header, payload));

        byte[] found = new byte[length];
        Assert.Equal(InstanceImageFault.None, InstanceImageReader.Find(ref store, s_microdroid, header, out InstanceEntry entry));
        Assert.Equal(InstanceImageFault.None, InstanceImageReader.Read(ref store, entry, found));
        Assert.Equal(payload, found);
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        Assert.Equal(InstanceImageFault.None, Read(ref store, record));
        Assert.Equal(s_record, record);
    }

    [Fact]
    public void The_payload_is_on_the_disk_before_the_header_that_makes_it_an_entry()
    {
        MemoryStore store = new(Image().Content) { Written = [] };
        Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
        Assert.Equal([2, 0, 1, 0], store.Written);
    }

    [Fact]
    public void An_image_without_room_takes_no_entry()
    {
        for (int sectors = 1; sectors < 3; sectors++)
        {
            MemoryStore store = Image(sectors);
            byte[] before = [.. store.Content];
            Assert.Equal(InstanceImageFault.NoRoom, Write(ref store, s_record));
            Assert.Equal(before, store.Content);
        }

        MemoryStore enough = Image(sectors: 3);
        Assert.Equal(InstanceImageFault.None, Write(ref enough, s_record));
        Assert.Equal(InstanceImageFault.None, Write(ref enough, s_record));
    }

    [Fact]
    public void A_disk_that_fails_at_any_call_is_a_fault()
    {
        for (int calls = 0; calls < 6; calls++)
        {
            MemoryStore store = Image();
            store.CallsLeft = calls;
            Assert.Equal(InstanceImageFault.DiskFailed, Write(ref store, s_record));
        }

        for (int calls = 0; calls < 3; calls++)
        {
            MemoryStore store = Image();
            Assert.Equal(InstanceImageFault.None, Write(ref store, s_record));
            store.CallsLeft = calls;
            Assert.Equal(InstanceImageFault.DiskFailed, Read(ref store, new byte[193]));
        }
    }

    [Fact]
    public void Reading_and_writing_entries_allocates_nothing()
    {
        MemoryStore store = Image();
        byte[] header = new byte[512];
        InstanceImageWriter.FormatHeader(header, s_microdroid, 700);
        byte[] payload = new byte[700];
        bool good = true;
        Assert.Equal(0, Allocations.OfThousand(() =>
        {
            good &= InstanceImageWriter.Write(ref store, header, payload) == InstanceImageFault.None;
            good &= InstanceImageReader.Find(ref store, s_microdroid, header, out InstanceEntry entry) == InstanceImageFault.None;
            good &= InstanceImageReader.Read(ref store, entry, payload) == InstanceImageFault.None;
        }));
        Assert.True(good);
    }

    internal static MemoryStore Image(int sectors = 8)
    {
        byte[] content = new byte[sectors * 512];
        InstanceImageCreation.Header().CopyTo(content, 0);
        return new MemoryStore(content);
    }

    internal static InstanceImageFault Read(ref MemoryStore store, byte[] record) =>
        PvmfwInstanceEntry.Read<MemoryStore, HostCryptography>(ref store, s_cdi, record);

    internal static InstanceImageFault Write(ref MemoryStore store, byte[] record) =>
        PvmfwInstanceEntry.Write<MemoryStore, HostCryptography>(ref store, s_cdi, s_nonce, record);

    internal static byte[] Record(byte seed)
    {
        byte[] fields = new byte[192];
        new Random(seed).NextBytes(fields);
        byte[] record = new byte[PvmfwInstanceRecord.Length];
        PvmfwInstanceRecord.Format(record, fields.AsSpan(0, 64), fields.AsSpan(64, 64), fields.AsSpan(128), mode: seed);
        return record;
    }
}
