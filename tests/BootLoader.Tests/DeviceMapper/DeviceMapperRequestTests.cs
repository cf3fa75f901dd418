using System.Buffers.Binary;
using System.Text;
using BootLoader.DeviceMapper;

namespace BootLoader.Tests.DeviceMapper;

/// <summary>Requests of the device mapper, against the layout of linux/dm-ioctl.h.</summary>
public class DeviceMapperRequestTests
{
    [Fact]
    public void A_request_has_version_size_name_and_flags_where_the_kernel_looks()
    {
        byte[] request = new byte[400];
        request.AsSpan().Fill(0xff);
        Assert.Equal(312, DeviceMapperRequest.Format(request, "microdroid-apk"u8, DeviceMapperFormat.DM_READONLY_FLAG));
        Assert.Equal([4u, 0, 0, 312, 312, 0, 0, 1, 0, 0, 0, 0], Words(request, 12));
        Assert.Equal("microdroid-apk", Encoding.ASCII.GetString(request, 48, 128).TrimEnd('\0'));
        Assert.True(request.AsSpan(176, 136).IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData("0 8 a", 8)]
    [InlineData("1234567", 8)]
    [InlineData("12345678", 16)]
    public void A_table_ends_with_a_NUL_and_at_a_multiple_of_8(string parameters, int room)
    {
        byte[] request = new byte[512];
        request.AsSpan().Fill(0xff);
        int length = DeviceMapperRequest.FormatTable(request, "x"u8, 0, 0x1_0000_0008, "crypt"u8, Encoding.ASCII.GetBytes(parameters));
        Assert.Equal(312 + 40 + room, length);
        Assert.Equal((uint)length, Words(request, 4)[3]);
        Assert.Equal(1u, Words(request, 6)[5]);
        Assert.Equal(0x1_0000_0008ul, BinaryPrimitives.ReadUInt64LittleEndian(request.AsSpan(320)));
        Assert.Equal("crypt", Encoding.ASCII.GetString(request, 336, 16).TrimEnd('\0'));
        Assert.Equal(parameters, Encoding.ASCII.GetString(request, 352, room).TrimEnd('\0'));
    }

    [Fact]
    public void What_does_not_fit_or_cannot_be_a_name_is_not_written()
    {
        byte[] request = new byte[359];
        Assert.Equal(0, DeviceMapperRequest.Format(request.AsSpan(0, 311), "x"u8, 0));
        Assert.Equal(0, DeviceMapperRequest.Format(request, ""u8, 0));
        Assert.Equal(0, DeviceMapperRequest.Format(request, "a\0b"u8, 0));
        Assert.Equal(0, DeviceMapperRequest.Format(request, new byte[128].Select(_ => (byte)'x').ToArray(), 0));
        Assert.Equal(0, DeviceMapperRequest.FormatTable(request, "x"u8, 0, 8, "linear"u8, "p"u8));
        Assert.Equal(0, DeviceMapperRequest.FormatTable(new byte[1000], "x"u8, 0, 8, "a type of 16 byt"u8, "p"u8));
        Assert.Equal(0, DeviceMapperRequest.FormatTable(new byte[1000], "x"u8, 0, 8, "linear"u8, "p\0"u8));
    }

    [Fact]
    public void The_device_number_is_decoded_as_the_kernel_encodes_it()
    {
        byte[] answer = new byte[312];
        BinaryPrimitives.WriteUInt64LittleEndian(answer.AsSpan(40), 0x0010_fd23);
        DeviceMapperRequest.ReadDevice(answer, out uint major, out uint minor);
        Assert.Equal((0xfdu, 0x123u), (major, minor)); // 253:291
    }

    [Fact]
    public void Tables_are_the_words_that_the_kernel_documents()
    {
        byte[] root = [.. Enumerable.Range(0, 32).Select(i => (byte)(i * 9))];
        const string Root = "0009121b242d363f48515a636c757e879099a2abb4bdc6cfd8e1eaf3fc050e17";
        Assert.Equal("8:1 2048", Text(buffer => DeviceMapperTable.WriteLinear(buffer, "8:1"u8, 2048)));
        Assert.Equal(
            $"1 /dev/vdc3 /dev/loop0 4096 4096 12 0 sha256 {Root} -",
            Text(buffer => DeviceMapperTable.WriteVerity(buffer, "/dev/vdc3"u8, "/dev/loop0"u8, 12, 0, root, default)));
        Assert.Equal(
            $"1 a a 4096 4096 12 7 sha256 {Root} 00ff 1 restart_on_corruption",
            Text(buffer => DeviceMapperTable.WriteVerity(buffer, "a"u8, "a"u8, 12, 7, root, [0, 0xff], "restart_on_corruption"u8, 1)));
        Assert.Equal(
            $"aes-hctr2-plain64 {Root} 0 /dev/vdb2 0 2 sector_size:4096 iv_large_sectors",
            Text(buffer => DeviceMapperTable.WriteCrypt(buffer, "aes-hctr2-plain64"u8, root, "/dev/vdb2"u8)));
    }

    [Fact]
    public void A_table_that_does_not_fit_is_none_however_much_is_missing()
    {
        byte[] root = new byte[32];
        int whole = DeviceMapperTable.WriteVerity(new byte[512], "/dev/vdc3"u8, "/dev/loop0"u8, ulong.MaxValue, 5, root, [1]);
        for (int size = 0; size < whole; size++)
        {
            Assert.Equal(0, DeviceMapperTable.WriteVerity(new byte[size], "/dev/vdc3"u8, "/dev/loop0"u8, ulong.MaxValue, 5, root, [1]));
        }

        Assert.Equal(whole, DeviceMapperTable.WriteVerity(new byte[whole], "/dev/vdc3"u8, "/dev/loop0"u8, ulong.MaxValue, 5, root, [1]));
    }

    private delegate int TableWriter(Span<byte> buffer);

    private static string Text(TableWriter write)
    {
        byte[] buffer = new byte[512];
        return Encoding.ASCII.GetString(buffer, 0, write(buffer));
    }

    private static uint[] Words(byte[] request, int count) =>
        [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(request.AsSpan(4 * i)))];
}
