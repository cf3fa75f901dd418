using System.Buffers.Binary;
using BootLoader.AndroidBoot;

namespace BootLoader.Tests.AndroidBoot;

public sealed class AndroidBootTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_boot_image_reads_as_it_was_made(int version)
    {
        BootImage made = Boot(version);
        byte[] bytes = made.Write();
        Assert.Equal(0, bytes.Length % 4096);
        Assert.Equal((uint)(version == 3 ? 1580 : 1584), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20)));
        Assert.Equal(made.Kernel.ToArray(), bytes.AsSpan(4096, made.Kernel.Length).ToArray());
        Assert.Equal(made.Ramdisk.ToArray(), bytes.AsSpan(12288, made.Ramdisk.Length).ToArray());
        BootImage read = BootImage.Read(bytes);
        Assert.Equal(version, read.Version);
        Assert.Equal(made.Kernel.ToArray(), read.Kernel.ToArray());
        Assert.Equal(made.Ramdisk.ToArray(), read.Ramdisk.ToArray());
        Assert.Equal(made.Signature.ToArray(), read.Signature.ToArray());
        Assert.Equal("quiet"u8.ToArray(), read.Cmdline.ToArray());
        Assert.Equal("14.0.0, patch level 2024-05", $"{read.OsVersion}");
        Assert.Equal(bytes, read.Write());
    }

    [Fact]
    public void An_init_boot_image_has_a_ramdisk_and_no_kernel()
    {
        BootImage read = BootImage.Read(new BootImage { Ramdisk = new byte[] { 1, 2, 3 } }.Write());
        Assert.True(read.Kernel.IsEmpty);
        Assert.Equal([1, 2, 3], read.Ramdisk.ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_vendor_boot_image_reads_as_it_was_made(int version)
    {
        VendorBootImage made = Vendor(version);
        byte[] bytes = made.Write();
        VendorBootImage read = VendorBootImage.Read(bytes);
        Assert.Equal(made.Ramdisks.Select(static one => (one.Kind, one.Name, Convert.ToHexString(one.Content.Span))), read.Ramdisks.Select(static one => (one.Kind, one.Name, Convert.ToHexString(one.Content.Span))));
        Assert.Equal(made.DeviceTree.ToArray(), read.DeviceTree.ToArray());
        Assert.Equal(made.Bootconfig.ToArray(), read.Bootconfig.ToArray());
        Assert.Equal("board"u8.ToArray(), read.Name.ToArray());
        Assert.Equal((2048, 1u, 2u, 3u, 4UL), (read.PageSize, read.KernelAddress, read.RamdiskAddress, read.TagsAddress, read.DeviceTreeAddress));
        Assert.Equal(version == 4 ? 7u : 0, version == 4 ? read.Ramdisks[1].BoardId[15] : 0);
        Assert.Equal(bytes, read.Write());
    }

    [Fact]
    public void A_boot_image_cut_anywhere_is_refused_or_lacks_only_zeros()
    {
        foreach (byte[] whole in new[] { Boot(3).Write(), Boot(4).Write(), Vendor(3).Write(), Vendor(4).Write() })
        {
            for (int length = 0; length < whole.Length; length++)
            {
                byte[] cut = whole[..length];
                if (TryRead(cut))
                {
                    Assert.True(whole.AsSpan(length).IndexOfAnyExcept((byte)0) < 0, $"{length} of {whole.Length}");
                }
            }
        }
    }

    [Fact]
    public void No_value_of_a_header_makes_the_reader_leave_the_image()
    {
        foreach (byte[] whole in new[] { Boot(4).Write(), Vendor(4).Write() })
        {
            // Every word of the headers and of the ramdisk table.
            foreach (int at in Enumerable.Range(0, 12).Select(static i => i * 4).Concat([1580, 2076, 2096, 2100, 2104, 2112, 2116, 2120, 2124]).Concat(Enumerable.Range(0, whole.Length / 4).Select(static i => i * 4).Where(at => at >= whole.Length - 8192)))
            {
                foreach (uint value in new[] { 0u, 1u, 107u, 109u, 0x7fff_ffffu, 0x8000_0000u, 0xffff_f000u, uint.MaxValue })
                {
                    byte[] changed = [.. whole];
                    BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), value);
                    TryRead(changed);
                }
            }
        }
    }

    [Fact]
    public void What_does_not_fit_a_boot_image_is_refused()
    {
        Assert.Equal("the cmdline of 1536 bytes does not fit: 1535 are possible, none of them NUL", Assert.Throws<AndroidBootException>(() => new BootImage { Cmdline = Enumerable.Repeat((byte)'x', 1536).ToArray() }.Write()).Message);
        Assert.Throws<AndroidBootException>(() => new BootImage { Cmdline = new byte[1] }.Write());
        Assert.Throws<AndroidBootException>(() => new BootImage { Version = 2 }.Write());
        Assert.Throws<AndroidBootException>(() => new BootImage { Version = 3, Signature = new byte[1] }.Write());
        Assert.Throws<AndroidBootException>(() => new VendorBootImage { Version = 3, Bootconfig = new byte[1] }.Write());
        Assert.Throws<AndroidBootException>(() => new VendorBootImage { PageSize = 3000 }.Write());
        Assert.Throws<AndroidBootException>(() => OsVersion.Of(14, 0, 0, 1999, 1));
        byte[] old = Boot(3).Write();
        old[40] = 2;
        Assert.Equal("an Android boot image of version 2; versions 3 and 4 are understood", Assert.Throws<AndroidBootException>(() => BootImage.Read(old)).Message);
    }

    private static BootImage Boot(int version) => new()
    {
        Version = version,
        Kernel = Content(5000),
        Ramdisk = Content(4097),
        Signature = version == 4 ? Content(100) : default,
        Cmdline = "quiet"u8.ToArray(),
        OsVersion = OsVersion.Of(14, 0, 0, 2024, 5),
    };

    private static VendorBootImage Vendor(int version)
    {
        uint[] board = new uint[16];
        board[15] = 7;
        VendorRamdisk first = new(VendorRamdiskKind.Platform, "", Content(3000), []), second = new(VendorRamdiskKind.Dlkm, "modules", Content(1001), board);
        return new VendorBootImage
        {
            Version = version,
            PageSize = 2048,
            KernelAddress = 1,
            RamdiskAddress = 2,
            TagsAddress = 3,
            DeviceTreeAddress = 4,
            Name = "board"u8.ToArray(),
            Cmdline = "console=hvc0"u8.ToArray(),
            Ramdisks = version == 4 ? [first, second] : [first with { Kind = VendorRamdiskKind.None }],
            DeviceTree = Content(700),
            Bootconfig = version == 4 ? "androidboot.hardware=microdroid\n"u8.ToArray() : default,
        };
    }

    private static byte[] Content(int size) => [.. Enumerable.Range(0, size).Select(static i => (byte)((i % 255) + 1))];

    private static bool TryRead(byte[] bytes)
    {
        try
        {
            if (bytes.AsSpan().StartsWith(VendorBootImage.Magic))
            {
                VendorBootImage.Read(bytes);
            }
            else
            {
                BootImage.Read(bytes);
            }

            return true;
        }
        catch (AndroidBootException)
        {
            return false;
        }
    }
}
