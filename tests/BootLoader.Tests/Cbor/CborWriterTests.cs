using BootLoader.Cbor;

namespace BootLoader.Tests.Cbor;

public sealed class CborWriterTests
{
    [Theory]
    [InlineData(24, "1818")]
    [InlineData(0xffff, "19ffff")]
    [InlineData(0xffffffff, "1affffffff")]
    [InlineData(ulong.MaxValue, "1bffffffffffffffff")]
    public void An_unsigned_integer_is_written_in_its_shortest_form(ulong value, string hex)
    {
        var writer = new CborWriter(new byte[9]);
        writer.WriteUnsigned(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_the_buffer_behind_is_left_alone()
    {
        for (int size = 0; size < 20; size++)
        {
            byte[] buffer = new byte[32];
            buffer.AsSpan().Fill(0xcc);
            var writer = new CborWriter(buffer.AsSpan(0, size));
            Write(ref writer);
            Assert.Equal(20, writer.Length);
            Assert.True(writer.Overflowed);
            Assert.True(writer.Written.IsEmpty);
            Assert.DoesNotContain(buffer[size..], value => value != 0xcc);
        }

        var enough = new CborWriter(new byte[20]);
        Write(ref enough);
        Assert.False(enough.Overflowed);
        Assert.Equal("891901006161" + "43010203" + "43aabbcc" + "a0f5f6181800", Convert.ToHexStringLower(enough.Written));
    }

    [Fact]
    public void A_writer_over_nothing_measures()
    {
        var writer = new CborWriter(default);
        writer.WriteBytes(1000);
        Assert.Equal(1003, writer.Length);
        Assert.True(writer.Overflowed);
    }

    private static void Write(ref CborWriter writer)
    {
        writer.WriteArray(9);
        writer.WriteInteger(256);
        writer.WriteText("a"u8);
        writer.WriteBytes([1, 2, 3]);
        Span<byte> place = writer.WriteBytes(3);
        if (!place.IsEmpty)
        {
            place[0] = 0xaa;
            place[1] = 0xbb;
            place[2] = 0xcc;
        }

        writer.WriteMap(0);
        writer.WriteBoolean(true);
        writer.WriteNull();
        writer.WriteEncoded([0x18, 0x18, 0x00]);
    }
}
