using BootLoader.Cbor;

namespace BootLoader.Tests.Cbor;

public sealed class CborReaderTests
{
    // Numbers of RFC 8949, appendix A.
    [Theory]
    [InlineData("00", 0)]
    [InlineData("17", 23)]
    [InlineData("1818", 24)]
    [InlineData("18ff", 255)]
    [InlineData("190100", 256)]
    [InlineData("1903e8", 1000)]
    [InlineData("1a00010000", 65536)]
    [InlineData("1a000f4240", 1000000)]
    [InlineData("1b000000e8d4a51000", 1000000000000)]
    [InlineData("1b7fffffffffffffff", long.MaxValue)]
    [InlineData("20", -1)]
    [InlineData("29", -10)]
    [InlineData("3863", -100)]
    [InlineData("3903e7", -1000)]
    [InlineData("3a00474450", -4670545)]
    [InlineData("3b7fffffffffffffff", long.MinValue)]
    public void An_integer_is_read_and_written_in_its_shortest_form(string hex, long value)
    {
        byte[] data = Convert.FromHexString(hex);
        var reader = new CborReader(data);
        Assert.True(reader.TryReadInteger(out long read));
        Assert.Equal(value, read);
        Assert.True(reader.IsAtEnd);

        var writer = new CborWriter(new byte[9]);
        writer.WriteInteger(value);
        Assert.Equal(data, writer.Written.ToArray());
    }

    [Fact]
    public void Strings_arrays_maps_and_simple_values_are_read_in_turn()
    {
        byte[] data = Convert.FromHexString("86" + "4401020304" + "6449455446" + "a2616101616202" + "f6" + "f5" + "c11a514b67b0");
        var reader = new CborReader(data);
        Assert.True(reader.TryReadArray(out int items));
        Assert.Equal(6, items);
        Assert.True(reader.TryReadBytes(out ReadOnlySpan<byte> bytes));
        Assert.Equal([1, 2, 3, 4], bytes.ToArray());
        Assert.True(reader.TryReadText(out ReadOnlySpan<byte> text));
        Assert.True(text.SequenceEqual("IETF"u8));
        Assert.True(reader.TryReadMap(out int entries));
        Assert.Equal(2, entries);
        Assert.True(reader.TryReadText(out _) && reader.TryReadUnsigned(out _) && reader.TryReadEncoded(out ReadOnlySpan<byte> key) && key.SequenceEqual("ab"u8));
        Assert.True(reader.TryReadUnsigned(out ulong two));
        Assert.Equal(2ul, two);
        Assert.True(reader.TryReadNull());
        Assert.True(reader.TryReadBoolean(out bool yes) && yes);
        Assert.True(reader.TryReadTag(out ulong tag));
        Assert.Equal(1ul, tag);
        Assert.False(reader.IsAtEnd);
        Assert.True(reader.TrySkip());
        Assert.True(reader.IsAtEnd);
        Assert.True(reader.TryEnd());
    }

    [Theory]
    [InlineData("1817", CborError.NotShortest)]
    [InlineData("190017", CborError.NotShortest)]
    [InlineData("1900ff", CborError.NotShortest)]
    [InlineData("1a0000ffff", CborError.NotShortest)]
    [InlineData("1b00000000ffffffff", CborError.NotShortest)]
    [InlineData("3817", CborError.NotShortest)]
    [InlineData("580101", CborError.NotShortest)]
    [InlineData("7801" + "61", CborError.NotShortest)]
    [InlineData("9801" + "00", CborError.NotShortest)]
    [InlineData("b801" + "0000", CborError.NotShortest)]
    [InlineData("d801" + "00", CborError.NotShortest)]
    [InlineData("5f4101ff", CborError.Indefinite)]
    [InlineData("7f6161ff", CborError.Indefinite)]
    [InlineData("9fff", CborError.Indefinite)]
    [InlineData("bfff", CborError.Indefinite)]
    [InlineData("ff", CborError.Indefinite)]
    [InlineData("1c", CborError.Reserved)]
    [InlineData("3d", CborError.Reserved)]
    [InlineData("5e", CborError.Reserved)]
    [InlineData("fe", CborError.Reserved)]
    [InlineData("f7", CborError.Unsupported)]
    [InlineData("e0", CborError.Unsupported)]
    [InlineData("f820", CborError.Unsupported)]
    [InlineData("f814", CborError.Unsupported)]
    [InlineData("f93c00", CborError.Unsupported)]
    [InlineData("fa47c35000", CborError.Unsupported)]
    [InlineData("fb3ff199999999999a", CborError.Unsupported)]
    [InlineData("", CborError.Truncated)]
    [InlineData("18", CborError.Truncated)]
    [InlineData("1903", CborError.Truncated)]
    [InlineData("42" + "01", CborError.Truncated)]
    [InlineData("5b8000000000000000", CborError.Truncated)]
    [InlineData("7b8000000000000000", CborError.Truncated)]
    [InlineData("9b8000000000000000", CborError.Truncated)]
    [InlineData("bb8000000000000000", CborError.Truncated)]
    [InlineData("5bffffffffffffffff", CborError.Truncated)]
    [InlineData("9bffffffffffffffff", CborError.Truncated)]
    [InlineData("bbffffffffffffffff", CborError.Truncated)]
    [InlineData("bb7fffffffffffffff" + "0000", CborError.Truncated)]
    [InlineData("9a7fffffff", CborError.Truncated)]
    [InlineData("5a7fffffff" + "00", CborError.Truncated)]
    [InlineData("82" + "01", CborError.Truncated)]
    [InlineData("a1" + "01", CborError.Truncated)]
    [InlineData("c1", CborError.Truncated)]
    [InlineData("62c328", CborError.NotText)]
    [InlineData("62c0af", CborError.NotText)]
    [InlineData("63eda080", CborError.NotText)]
    [InlineData("64f4908080", CborError.NotText)]
    [InlineData("61c3", CborError.NotText)]
    public void An_item_that_is_not_in_the_one_allowed_form_is_refused(string hex, CborError error)
    {
        var reader = new CborReader(Convert.FromHexString(hex));
        Assert.False(reader.TrySkip());
        Assert.Equal(error, reader.Error);

        // The error stays, and so does every later read's failure.
        Assert.False(reader.TrySkip() || reader.TryReadInteger(out _) || reader.TryReadText(out _) || reader.TryEnd() || reader.IsAtEnd);
        Assert.False(reader.TryPeekType(out _));
        Assert.Equal(error, reader.Error);
    }

    [Theory]
    [InlineData("63e282ac")]
    [InlineData("64f0908080")]
    [InlineData("64f48fbfbf")]
    [InlineData("63ed9fbf")]
    [InlineData("63efbfbd")]
    public void Text_in_UTF_8_is_taken(string hex)
    {
        var reader = new CborReader(Convert.FromHexString(hex));
        Assert.True(reader.TryReadText(out _));
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData("a201000100")]
    [InlineData("a3010002000200")]
    [InlineData("a2616100616100")]
    [InlineData("a2f600f600")]
    [InlineData("a2820102008201020f")]
    public void A_map_with_a_key_twice_is_refused(string hex)
    {
        var reader = new CborReader(Convert.FromHexString(hex));
        Assert.False(reader.TryReadMap(out int count));
        Assert.Equal(CborError.DuplicateKey, reader.Error);
        Assert.Equal(0, count);
    }

    [Fact]
    public void A_map_of_more_entries_than_duplicates_are_looked_for_among_is_refused()
    {
        var writer = new CborWriter(new byte[1024]);
        writer.WriteMap(CborReader.MaximumMapEntries + 1);
        for (int i = 0; i <= CborReader.MaximumMapEntries; i++)
        {
            writer.WriteInteger(i);
            writer.WriteNull();
        }

        var reader = new CborReader(writer.Written);
        Assert.False(reader.TryReadMap(out _));
        Assert.Equal(CborError.TooLarge, reader.Error);
    }

    [Theory]
    [InlineData(0x81)]
    [InlineData(0xc1)]
    [InlineData(0xa1)]
    public void Nesting_is_followed_to_its_bound_and_refused_beyond(byte nest)
    {
        // For maps the key is nested.
        byte[] tail = nest == 0xa1 ? new byte[CborReader.MaximumDepth + 2] : [0];
        byte[] deep = [.. Enumerable.Repeat(nest, CborReader.MaximumDepth), .. tail];
        var reader = new CborReader(deep);
        Assert.True(reader.TrySkip());
        deep = [.. Enumerable.Repeat(nest, CborReader.MaximumDepth + 1), .. tail];
        reader = new CborReader(deep);
        Assert.False(reader.TrySkip());
        Assert.Equal(CborError.TooDeep, reader.Error);

        reader = new CborReader(Enumerable.Repeat(nest, 1_000_000).ToArray());
        Assert.False(reader.TrySkip());
        Assert.Contains(reader.Error, (CborError[])[CborError.TooDeep, CborError.Truncated]);
    }

    [Fact]
    public void Another_type_than_the_expected_is_refused_and_the_position_is_its()
    {
        var reader = new CborReader([0x01, 0x61, 0x61]);
        Assert.True(reader.TryReadUnsigned(out _));
        Assert.False(reader.TryReadBytes(out ReadOnlySpan<byte> bytes));
        Assert.True(bytes.IsEmpty);
        Assert.Equal(CborError.WrongType, reader.Error);
        Assert.Equal(1, reader.Position);
    }

    [Theory]
    [InlineData("1b8000000000000000")]
    [InlineData("3b8000000000000000")]
    [InlineData("3bffffffffffffffff")]
    public void An_integer_that_does_not_fit_is_refused(string hex)
    {
        var reader = new CborReader(Convert.FromHexString(hex));
        Assert.False(reader.TryReadInteger(out _));
        Assert.Equal(CborError.TooLarge, reader.Error);
    }

    [Fact]
    public void Bytes_behind_the_last_item_are_refused()
    {
        var reader = new CborReader([0x01, 0x02]);
        Assert.True(reader.TrySkip());
        Assert.False(reader.TryEnd());
        Assert.Equal(CborError.TrailingBytes, reader.Error);
    }

    [Fact]
    public void Random_bytes_never_do_more_than_be_refused_and_what_is_taken_is_written_again_alike()
    {
        var random = new Random(8949);
        byte[] data = new byte[24], copy = new byte[64];
        int taken = 0;
        for (int round = 0; round < 200_000; round++)
        {
            random.NextBytes(data);
            data[0] = (byte)((random.Next(8) << 5) | random.Next(6));
            var reader = new CborReader(data);
            if (reader.TryReadEncoded(out ReadOnlySpan<byte> item))
            {
                taken++;
                Assert.True(data.AsSpan().StartsWith(item));
                var writer = new CborWriter(copy);
                var again = new CborReader(item);
                Copy(ref again, ref writer);
                Assert.True(writer.Written.SequenceEqual(item));
            }
            else
            {
                Assert.NotEqual(CborError.None, reader.Error);
                Assert.InRange(reader.Position, 0, data.Length);
            }
        }

        Assert.InRange(taken, 1000, 199_000);
    }

    private static void Copy(ref CborReader reader, ref CborWriter writer)
    {
        Assert.True(reader.TryPeekType(out CborMajorType type));
        CborReader ahead = reader;
        switch (type)
        {
            case CborMajorType.Unsigned:
                Assert.True(reader.TryReadUnsigned(out ulong number));
                writer.WriteUnsigned(number);
                break;
            case CborMajorType.Negative when ahead.TryReadInteger(out long negative):
                Assert.True(reader.TrySkip());
                writer.WriteInteger(negative);
                break;
            case CborMajorType.Bytes:
                Assert.True(reader.TryReadBytes(out ReadOnlySpan<byte> bytes));
                writer.WriteBytes(bytes);
                break;
            case CborMajorType.Text:
                Assert.True(reader.TryReadText(out ReadOnlySpan<byte> text));
                writer.WriteText(text);
                break;
            case CborMajorType.Array:
                Assert.True(reader.TryReadArray(out int count));
                writer.WriteArray(count);
                for (int i = 0; i < count; i++)
                {
                    Copy(ref reader, ref writer);
                }

                break;
            default:
                Assert.True(reader.TryReadEncoded(out ReadOnlySpan<byte> item));
                writer.WriteEncoded(item);
                break;
        }
    }
}
