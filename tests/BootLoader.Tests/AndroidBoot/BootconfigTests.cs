using System.Buffers.Binary;
using BootLoader.AndroidBoot;

namespace BootLoader.Tests.AndroidBoot;

public sealed class BootconfigTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4094)]
    [InlineData(4096)]
    public void A_bootconfig_is_found_behind_an_initrd_and_leaves_it_as_it_was(int size)
    {
        byte[] initrd = [.. Enumerable.Range(0, size).Select(static i => (byte)i)];
        byte[] whole = Bootconfig.Append(initrd, "androidboot.hardware=microdroid\n"u8);
        Assert.Equal(0, whole.Length % 4);
        Assert.True(whole.AsSpan().EndsWith("#BOOTCONFIG\n"u8));
        Assert.Equal(BootconfigResult.Ok, Bootconfig.Read(whole, out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> text));
        Assert.Equal(initrd, plain.ToArray());
        Assert.Equal("androidboot.hardware=microdroid\n"u8.ToArray(), text.ToArray());
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(whole.Length - 20));
        Assert.Equal((uint)whole.AsSpan(size, (int)length).ToArray().Sum(static value => value), BinaryPrimitives.ReadUInt32LittleEndian(whole.AsSpan(whole.Length - 16)));
        Assert.Equal(0, whole[size + (int)length - 1]);
    }

    [Fact]
    public void A_second_text_is_put_behind_the_first()
    {
        byte[] whole = Bootconfig.Append(Bootconfig.Append([1, 2, 3], "a=1"u8), "b=2\n"u8);
        Assert.Equal(BootconfigResult.Ok, Bootconfig.Read(whole, out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> text));
        Assert.Equal([1, 2, 3], plain.ToArray());
        Assert.Equal("a=1\nb=2\n"u8.ToArray(), text.ToArray());
    }

    [Fact]
    public void An_initrd_without_bootconfig_is_plain()
    {
        Assert.Equal(BootconfigResult.None, Bootconfig.Read([1, 2, 3], out ReadOnlySpan<byte> plain, out _));
        Assert.Equal([1, 2, 3], plain.ToArray());
    }

    [Fact]
    public void A_changed_or_cut_bootconfig_is_refused()
    {
        byte[] whole = Bootconfig.Append(Enumerable.Repeat((byte)0x55, 16).ToArray(), "a=1\nb=2\n"u8);
        for (int bit = 16 * 8; bit < whole.Length * 8; bit++)
        {
            whole[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(BootconfigResult.Ok, Bootconfig.Read(whole, out _, out ReadOnlySpan<byte> text));
            Assert.Equal(0, text.Length);
            whole[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (int start = 17; start < whole.Length; start++)
        {
            Assert.NotEqual(BootconfigResult.Ok, Bootconfig.Read(whole.AsSpan(start), out _, out _));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(whole.Length - 20), uint.MaxValue);
        Assert.Equal(BootconfigResult.OutOfBounds, Bootconfig.Read(whole, out _, out _));
        Assert.Throws<AndroidBootException>(() => Bootconfig.Append(whole, "c=3"u8));
    }

    [Fact]
    public void A_text_that_the_kernel_would_not_read_is_refused()
    {
        Assert.Throws<AndroidBootException>(() => Bootconfig.Append([], new byte[32768]));
        Assert.Throws<AndroidBootException>(() => Bootconfig.Append([], "a\0b"u8));
        Assert.Throws<AndroidBootException>(() => Bootconfig.Append([], Enumerable.Repeat((byte)'a', 32767).ToArray()));
    }
}
