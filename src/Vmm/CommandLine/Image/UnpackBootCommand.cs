using System.CommandLine;
using BootLoader.AndroidBoot;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image unpack-boot</c>.</summary>
internal static class UnpackBootCommand
{
    public static Command Make()
    {
        var image = ImageOptions.Required("--boot_img", "PATH", "a boot, init_boot or vendor_boot image");
        image.Aliases.Add("--image");
        var folder = ImageOptions.Required("--out", "FOLDER", "takes the parts; made when it is not there");
        var json = ImageOptions.Flag("--json", "what is in it as JSON, for programs");
        var command = new Command("unpack-boot", "take an Android boot image apart") { image, folder, json };
        command.Aliases.Add("unpack_bootimg");
        command.SetAction(result => ImageAction.Do(command.Name, () =>
        {
            string path = result.GetValue(image)!, target = result.GetValue(folder)!;
            byte[] bytes = ImageFiles.ReadWhole("--boot_img", path);
            List<(string Name, ReadOnlyMemory<byte> Content)> parts = Parts(path, bytes);
            Directory.CreateDirectory(target);
            foreach ((string name, ReadOnlyMemory<byte> content) in parts)
            {
                ImageFiles.WriteNew("--out", Path.Combine(target, name), content.Span);
            }

            using FileStream stream = ImageFiles.Open("--boot_img", path);
            ImageReport report = ImageReportReader.Read(path, stream);
            TextWriter output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                output.WriteLine(ImageReportJson.Write(report));
                return;
            }

            ImageReportText.Write(output, report);
            foreach ((string name, ReadOnlyMemory<byte> content) in parts)
            {
                output.WriteLine($"  {Path.Combine(target, name)}: {content.Length} bytes");
            }
        }));
        return command;
    }

    private static List<(string Name, ReadOnlyMemory<byte> Content)> Parts(string path, byte[] bytes)
    {
        var parts = new List<(string Name, ReadOnlyMemory<byte> Content)>();
        try
        {
            if (bytes.AsSpan().StartsWith(VendorBootImage.Magic))
            {
                VendorBootImage vendor = VendorBootImage.Read(bytes);
                parts.AddRange(vendor.Ramdisks.Select((ramdisk, i) => (vendor.Version == 3 ? "vendor_ramdisk" : $"vendor_ramdisk{i:00}", ramdisk.Content)));
                parts.Add(("dtb", vendor.DeviceTree));
                parts.Add(("bootconfig", vendor.Bootconfig));
            }
            else
            {
                BootImage boot = BootImage.Read(bytes);
                parts.AddRange([("kernel", boot.Kernel), ("ramdisk", boot.Ramdisk), ("boot_signature", boot.Signature)]);
            }
        }
        catch (AndroidBootException failure)
        {
            throw new VmmException($"--boot_img: {path}: {failure.Message}", cause: failure);
        }

        parts.RemoveAll(static part => part.Content.IsEmpty);
        return parts;
    }
}
