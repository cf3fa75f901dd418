using BootLoader.AndroidBoot;
using BootLoader.Avb;
using BootLoader.Avb.Slots;

namespace Vmm.CommandLine.Image;

/// <summary>Finds out what an image is.</summary>
internal static class ImageReportReader
{
    /// <summary>The longest boot image or initrd that is looked into.</summary>
    private const long LargestBootImage = 1L << 30;

    /// <summary>Reads an image.</summary>
    /// <param name="path">As the user gave it.</param>
    /// <param name="image">The whole image.</param>
    public static ImageReport Read(string path, FileStream image)
    {
        var fields = new List<ImageField>();
        string? problem = null;
        FooterReport? footerReport = null;
        VbmetaReport? vbmeta = null;
        try
        {
            byte[]? bytes = PartitionVbmeta.Read(image, out _, out AvbFooter? footer);
            if (footer is { } found)
            {
                footerReport = new FooterReport($"{found.Major}.{found.Minor}", found.OriginalImageSize, found.VbmetaOffset, found.VbmetaSize);
            }

            if (bytes is not null)
            {
                VbmetaResult result = VbmetaImage.Open(bytes, out VbmetaImage opened);
                vbmeta = result == VbmetaResult.Ok ? VbmetaReportReader.Read(opened) : null;
                problem = result == VbmetaResult.Ok ? null : $"vbmeta: {VbmetaWords.Of(result)}";
            }
        }
        catch (AvbFooterException failure)
        {
            problem = failure.Message;
        }

        (string kind, string description) = Identify(image, fields, ref problem);
        return new ImageReport(path, image.Length, kind, description, fields, footerReport, vbmeta, problem);
    }

    private static (string Kind, string Description) Identify(FileStream image, List<ImageField> fields, ref string? problem)
    {
        byte[] head = new byte[(int)Math.Min(image.Length, 8192)];
        image.Position = 0;
        image.ReadExactly(head);
        ReadOnlySpan<byte> start = head;
        try
        {
            if (start.StartsWith(BootImage.Magic))
            {
                return ReadBoot(Whole(image), fields);
            }

            if (start.StartsWith(VendorBootImage.Magic))
            {
                return ReadVendorBoot(Whole(image), fields);
            }
        }
        catch (AndroidBootException failure)
        {
            problem ??= failure.Message;
            return ("boot", "Android boot image");
        }

        if (SuperReport.Is(start))
        {
            SuperReport.Read(image, fields, ref problem);
            return ("super", "disk with logical partitions");
        }

        return Name(start) ?? ReadBootconfig(image, fields, ref problem) ?? ("unknown", "no format that is known here; perhaps a raw disk or file system");
    }

    private static (string Kind, string Description)? Name(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(VbmetaHeader.Magic))
        {
            return ("vbmeta", "vbmeta image");
        }

        if (start.StartsWith("Android-VM-instance"u8))
        {
            return ("instance", "instance image of a VM (instance.img)");
        }

        if (start.StartsWith("composite_disk\x1d"u8))
        {
            return ("composite", "composite disk; its parts are files of their own");
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0x3a, 0xff, 0x26, 0xed]))
        {
            return ("sparse", "Android sparse image; simg2img makes the image itself, which is what is signed");
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[(byte)'Q', (byte)'F', (byte)'I', 0xfb]))
        {
            return ("qcow2", "qcow2 disk image");
        }

        if (start.Length > 64 && start[56..].StartsWith("ARM\x64"u8))
        {
            return ("kernel", "arm64 Linux kernel (Image)");
        }

        return start.Length > 520 && start[512..].StartsWith("EFI PART"u8) ? ("gpt", "disk with a GUID partition table") : null;
    }

    private static (string Kind, string Description)? ReadBootconfig(FileStream image, List<ImageField> fields, ref string? problem)
    {
        byte[] end = new byte[12];
        if (image.Length < 20 || image.Length > LargestBootImage)
        {
            return null;
        }

        image.Position = image.Length - end.Length;
        image.ReadExactly(end);
        if (!end.AsSpan().SequenceEqual("#BOOTCONFIG\n"u8))
        {
            return null;
        }

        BootconfigResult result = Bootconfig.Read(Whole(image), out ReadOnlySpan<byte> plain, out ReadOnlySpan<byte> text);
        fields.Add(new ImageField("initrd", $"{plain.Length} bytes"));
        foreach (string line in System.Text.Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            fields.Add(new ImageField("bootconfig", VbmetaReportReader.Text(System.Text.Encoding.UTF8.GetBytes(line))));
        }

        if (result != BootconfigResult.Ok)
        {
            problem ??= result == BootconfigResult.BadChecksum ? "the bootconfig's checksum is wrong" : "the bootconfig is longer than what comes before it";
        }

        return ("initrd", "initrd with bootconfig");
    }

    private static (string Kind, string Description) ReadBoot(byte[] bytes, List<ImageField> fields)
    {
        BootImage boot = BootImage.Read(bytes);
        bool isInit = boot.Version == 4 && boot.Kernel.IsEmpty;
        Add(fields, "kernel", boot.Kernel);
        Add(fields, "ramdisk", boot.Ramdisk);
        Add(fields, "signature", boot.Signature);
        fields.Add(new ImageField("osVersion", $"{boot.OsVersion}"));
        fields.Add(new ImageField("cmdline", VbmetaReportReader.Text(boot.Cmdline.Span)));
        return (isInit ? "init_boot" : "boot", $"Android {(isInit ? "init_boot" : "boot")} image, version {boot.Version}");
    }

    private static (string Kind, string Description) ReadVendorBoot(byte[] bytes, List<ImageField> fields)
    {
        VendorBootImage vendor = VendorBootImage.Read(bytes);
        foreach (VendorRamdisk ramdisk in vendor.Ramdisks)
        {
            fields.Add(new ImageField(
                "ramdisk", $"{ramdisk.Content.Length} bytes, {ramdisk.Kind} '{VbmetaReportReader.Text(System.Text.Encoding.ASCII.GetBytes(ramdisk.Name))}'"));
        }

        Add(fields, "deviceTree", vendor.DeviceTree);
        Add(fields, "bootconfig", vendor.Bootconfig);
        fields.Add(new ImageField("name", VbmetaReportReader.Text(vendor.Name.Span)));
        fields.Add(new ImageField("cmdline", VbmetaReportReader.Text(vendor.Cmdline.Span)));
        return ("vendor_boot", $"Android vendor_boot image, version {vendor.Version}");
    }

    private static void Add(List<ImageField> fields, string name, ReadOnlyMemory<byte> part)
    {
        if (!part.IsEmpty)
        {
            fields.Add(new ImageField(name, $"{part.Length} bytes"));
        }
    }

    private static byte[] Whole(FileStream image)
    {
        if (image.Length > LargestBootImage)
        {
            throw new AndroidBootException($"it has {image.Length} bytes; boot images of at most {LargestBootImage} are looked into");
        }

        byte[] bytes = new byte[image.Length];
        image.Position = 0;
        image.ReadExactly(bytes);
        return bytes;
    }
}
