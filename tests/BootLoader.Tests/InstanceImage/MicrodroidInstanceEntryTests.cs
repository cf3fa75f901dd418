using System.Buffers.Binary;
using System.Security.Cryptography;
using BootLoader.InstanceImage;
using BootLoader.InstanceImage.Making;
using BootLoader.InstanceImage.Microdroid;

namespace BootLoader.Tests.InstanceImage;

/// <summary>The manager's record: against bytes that another program made, and against a hostile host.</summary>
public sealed class MicrodroidInstanceEntryTests
{
    /// <summary><see cref="s_data"/> as serde_cbor encodes AVF's structures; made by a program of its own.</summary>
    private const string Golden =
        "a46473616c74984000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        + "0000000000000000000000006861706b5f64617461a469726f6f745f6861736898200008101818182018281830183818401848185018581860186818"
        + "701878188018881890189818a018a818b018b818c018c818d018d818e018e818f018f869636572745f686173689840000102030405060708090a0b0c"
        + "0d0e0f101112131415161718181819181a181b181c181d181e181f1820182118221823182418251826182718281829182a182b182c182d182e182f18"
        + "30183118321833183418351836183718381839183a183b183c183d183e183f6c7061636b6167655f6e616d6573636f6d2e6578616d706c652e706179"
        + "6c6f61646c76657273696f6e5f636f64651b00000001000000016f65787472615f61706b735f6461746181a469726f6f745f68617368821718186963"
        + "6572745f68617368806c7061636b6167655f6e616d65606c76657273696f6e5f636f64650069617065785f6461746182a7646e616d6561616d6d616e"
        + "69666573745f6e616d6570636f6d2e6578616d706c652e61706578706d616e69666573745f76657273696f6e226a7075626c69635f6b65798218ff00"
        + "6b726f6f745f6469676573748101736c6173745f7570646174655f7365636f6e64731a6553f1006a69735f666163746f7279f5a7646e616d6561626d"
        + "6d616e69666573745f6e616d65f6706d616e69666573745f76657273696f6ef66a7075626c69635f6b6579806b726f6f745f64696765737480736c61"
        + "73745f7570646174655f7365636f6e6473006a69735f666163746f7279f4";

    /// <summary>HKDF-SHA256 of 32 bytes 0x5e without a salt, for "microdroid_manager_key"; computed elsewhere.</summary>
    private const string Key = "3aa29a1ef9a7202dd0e593b70fbca717a8807f51507012cc423af173da6a1cee";

    private static readonly byte[] s_seal = [.. Enumerable.Repeat((byte)0x5e, 32)];
    private static readonly byte[] s_nonce = [.. Enumerable.Range(1, 12).Select(i => (byte)i)];

    private static readonly MicrodroidData s_data = new(
        new byte[64],
        new ApkData(
            Enumerable.Range(0, 32).Select(i => (byte)(8 * i)).ToArray(),
            Enumerable.Range(0, 64).Select(i => (byte)i).ToArray(),
            "com.example.payload",
            0x1_0000_0001),
        [new ApkData(new byte[] { 0x17, 0x18 }, Array.Empty<byte>(), "", 0)],
        [
            new ApexData("a", "com.example.apex", -3, new byte[] { 0xff, 0 }, new byte[] { 1 }, 1_700_000_000, true),
            new ApexData("b", null, null, Array.Empty<byte>(), Array.Empty<byte>(), 0, false),
        ]);

    [Fact]
    public void The_record_is_encoded_as_serde_encodes_it()
    {
        Assert.Equal(Golden, Convert.ToHexStringLower(MicrodroidDataCbor.Write(s_data)));
        Assert.True(MicrodroidDataCbor.TryRead(Convert.FromHexString(Golden), out MicrodroidData? read));
        Assert.Equal(s_data, read);
    }

    [Fact]
    public void The_entry_is_encrypted_by_the_derived_key_and_bound_to_its_header()
    {
        byte[] content = Written();
        Assert.Equal("cf9afe9a066211eca329c32663a09d75", Convert.ToHexStringLower(content.AsSpan(512, 16)));
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(528));
        Assert.Equal(12 + (Golden.Length / 2) + 16, length);
        Assert.Equal(s_nonce, content[1024..1036]);

        using AesGcm gcm = new(Convert.FromHexString(Key), 16);
        byte[] plain = new byte[length - 28];
        gcm.Decrypt(s_nonce, content.AsSpan(1036, plain.Length), content.AsSpan(1036 + plain.Length, 16), plain, content.AsSpan(512, 512));
        Assert.Equal(Golden, Convert.ToHexStringLower(plain));
    }

    [Fact]
    public void What_was_written_is_read_by_the_same_guest_and_by_no_other()
    {
        MemoryStore store = new(Written());
        Assert.Equal(InstanceImageFault.None, MicrodroidInstanceEntry.Read(ref store, s_seal, out MicrodroidData? data));
        Assert.Equal(s_data, data);
        Assert.Equal(InstanceImageFault.NotAuthentic, MicrodroidInstanceEntry.Read(ref store, new byte[32], out data));
        Assert.Null(data);
    }

    [Fact]
    public void An_image_without_the_entry_is_a_new_instance()
    {
        MemoryStore store = Empty();
        Assert.Equal(InstanceImageFault.NotFound, MicrodroidInstanceEntry.Read(ref store, s_seal, out MicrodroidData? data));
        Assert.Null(data);
    }

    [Fact]
    public void A_disk_that_fails_at_any_call_leaves_no_entry_or_the_whole_one()
    {
        for (int calls = 0; ; calls++)
        {
            MemoryStore store = Empty() with { CallsLeft = calls };
            bool written = MicrodroidInstanceEntry.Write(ref store, s_seal, s_nonce, s_data) == InstanceImageFault.None;
            MemoryStore later = new(store.Content);
            InstanceImageFault fault = MicrodroidInstanceEntry.Read(ref later, s_seal, out _);
            Assert.True(fault is InstanceImageFault.None or InstanceImageFault.NotFound, $"after {calls} calls: {fault}");
            if (written)
            {
                Assert.Equal(InstanceImageFault.None, fault);
                break;
            }
        }
    }

    [Fact]
    public void Every_bit_of_the_entry_that_is_flipped_leads_to_a_refusal()
    {
        byte[] content = Written();
        for (int bit = 0; bit < (1024 - 512 + 12 + (Golden.Length / 2) + 16) * 8; bit += bit % 3 == 0 ? 1 : 5)
        {
            content[512 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            MemoryStore store = new(content);
            Assert.NotEqual(InstanceImageFault.None, MicrodroidInstanceEntry.Read(ref store, s_seal, out MicrodroidData? data));
            Assert.Null(data);
            content[512 + (bit / 8)] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    [InlineData(MicrodroidDataCbor.MaximumSize + 29)]
    public void A_payload_of_a_length_that_none_has_is_refused(int length)
    {
        MemoryStore store = new(new byte[4 << 20]);
        InstanceImageCreation.Header().CopyTo(store.Content, 0);
        InstanceImageWriter.FormatHeader(store.Content.AsSpan(512), InstanceImageFormat.Microdroid, length);
        Assert.Equal(InstanceImageFault.BadLength, MicrodroidInstanceEntry.Read(ref store, s_seal, out _));
    }

    [Fact]
    public void A_record_that_ends_anywhere_has_another_field_or_more_behind_it_is_none()
    {
        byte[] whole = Convert.FromHexString(Golden);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.False(MicrodroidDataCbor.TryRead(whole.AsSpan(0, length), out _));
        }

        Assert.False(MicrodroidDataCbor.TryRead([.. whole, 0], out _));
        Assert.False(MicrodroidDataCbor.TryRead(Convert.FromHexString(Golden.Replace("73616c74", "73616c75", StringComparison.Ordinal)), out _));
        Assert.False(MicrodroidDataCbor.TryRead(Convert.FromHexString(Golden.Replace("18ff00", "190100", StringComparison.Ordinal)), out _));
    }

    [Fact]
    public void No_bytes_make_the_reader_do_anything_but_refuse()
    {
        Random random = new(20_251);
        byte[] whole = Convert.FromHexString(Golden);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            if (MicrodroidDataCbor.TryRead(changed, out MicrodroidData? data))
            {
                Assert.Equal(changed, MicrodroidDataCbor.Write(data)); // One record has one encoding.
            }
        }
    }

    private static MemoryStore Empty()
    {
        byte[] content = new byte[16 * 512];
        InstanceImageCreation.Header().CopyTo(content, 0);
        return new MemoryStore(content);
    }

    private static byte[] Written()
    {
        MemoryStore store = Empty();
        Assert.Equal(InstanceImageFault.None, MicrodroidInstanceEntry.Write(ref store, s_seal, s_nonce, s_data));
        return store.Content;
    }
}
