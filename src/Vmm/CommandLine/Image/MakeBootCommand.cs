using System.CommandLine;
using System.Globalization;
using System.Text;
using BootLoader.AndroidBoot;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image make-boot</c>, with mkbootimg's options.</summary>
internal sealed class MakeBootCommand
{
    private readonly Option<string?> _version = ImageOptions.Text("--header_version", "N", "3 or 4 (default: 4)");
    private readonly Option<string?> _output = ImageOptions.Text("--output", "PATH", "takes a boot image; init_boot when it has no kernel");
    private readonly Option<string?> _kernel = ImageOptions.Text("--kernel", "PATH", "the kernel");
    private readonly Option<string?> _ramdisk = ImageOptions.Text("--ramdisk", "PATH", "the generic ramdisk");
    private readonly Option<string?> _cmdline = ImageOptions.Text("--cmdline", "TEXT", "parameters for the kernel");
    private readonly Option<string?> _osVersion = ImageOptions.Text("--os_version", "A.B.C", "Android's version");
    private readonly Option<string?> _patchLevel = ImageOptions.Text("--os_patch_level", "YYYY-MM", "and its patch level; both or none");
    private readonly Option<string?> _vendorBoot = ImageOptions.Text("--vendor_boot", "PATH", "takes a vendor_boot image");
    private readonly Option<string?> _vendorRamdisk = ImageOptions.Text("--vendor_ramdisk", "PATH", "the vendor's ramdisk");
    private readonly Option<string?> _vendorCmdline = ImageOptions.Text("--vendor_cmdline", "TEXT", "the vendor's parameters for the kernel");
    private readonly Option<string?> _bootconfig = ImageOptions.Text("--vendor_bootconfig", "PATH", "a bootconfig, with version 4");
    private readonly Option<string?> _dtb = ImageOptions.Text("--dtb", "PATH", "a device tree");
    private readonly Option<string?> _board = ImageOptions.Text("--board", "NAME", "the product's name");

    public static Command Make()
    {
        var options = new MakeBootCommand();
        options._output.Aliases.Add("--out");
        options._output.Aliases.Add("-o");
        var command = new Command("make-boot", "make a boot image, a vendor_boot image or both")
        {
            options._version, options._output, options._kernel, options._ramdisk, options._cmdline, options._osVersion, options._patchLevel,
            options._vendorBoot, options._vendorRamdisk, options._vendorCmdline, options._bootconfig, options._dtb, options._board,
        };
        command.Aliases.Add("mkbootimg");
        command.SetAction(result => ImageAction.Do(command.Name, () => options.Write(result)));
        return command;
    }

    private void Write(ParseResult result)
    {
        int version = result.GetValue(_version) is { } text ? (int)ImageNumbers.Parse("--header_version", text, 4) : 4;
        string? output = result.GetValue(_output), vendorBoot = result.GetValue(_vendorBoot);
        Need(result, _output, _kernel, _ramdisk, _cmdline, _osVersion, _patchLevel);
        Need(result, _vendorBoot, _vendorRamdisk, _vendorCmdline, _bootconfig, _dtb, _board);
        if (output is null && vendorBoot is null)
        {
            throw new InvalidOptionException("--output or --vendor_boot is needed, or both");
        }

        // Both are made before one is written.
        byte[] boot = [], vendor = [];
        try
        {
            boot = output is null ? [] : Boot(result, version).Write();
            vendor = vendorBoot is null ? [] : VendorBoot(result, version).Write();
        }
        catch (AndroidBootException failure)
        {
            throw new VmmException($"make-boot: {failure.Message}", cause: failure);
        }

        if (output is not null)
        {
            ImageFiles.WriteNew("--output", output, boot);
        }

        if (vendorBoot is not null)
        {
            ImageFiles.WriteNew("--vendor_boot", vendorBoot, vendor);
        }
    }

    private BootImage Boot(ParseResult result, int version) => new()
    {
        Version = version,
        Kernel = File(result, _kernel),
        Ramdisk = File(result, _ramdisk),
        Cmdline = Text(result, _cmdline),
        OsVersion = Version(result.GetValue(_osVersion), result.GetValue(_patchLevel)),
    };

    private VendorBootImage VendorBoot(ParseResult result, int version) => new()
    {
        Version = version,
        Ramdisks = result.GetValue(_vendorRamdisk) is null ? [] : [new VendorRamdisk(VendorRamdiskKind.Platform, "", File(result, _vendorRamdisk), [])],
        Cmdline = Text(result, _vendorCmdline),
        Bootconfig = File(result, _bootconfig),
        DeviceTree = File(result, _dtb),
        Name = Text(result, _board),
    };

    private static void Need(ParseResult result, Option<string?> image, params Option<string?>[] parts)
    {
        if (result.GetValue(image) is null && Array.Find(parts, part => result.GetValue(part) is not null) is { } lost)
        {
            throw new InvalidOptionException($"{lost.Name} needs {image.Name}");
        }
    }

    private static byte[] File(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } path ? ImageFiles.ReadWhole(option.Name, path) : [];

    private static byte[] Text(ParseResult result, Option<string?> option) => Encoding.UTF8.GetBytes(result.GetValue(option) ?? "");

    private static OsVersion Version(string? version, string? patchLevel)
    {
        if (version is null && patchLevel is null)
        {
            return default;
        }

        int[]? numbers = Numbers(version, '.', 3), date = Numbers(patchLevel, '-', 2);
        return numbers is not null && date is not null
            ? OsVersion.Of(numbers[0], numbers[1], numbers[2], date[0], date[1])
            : throw new InvalidOptionException($"--os_version and --os_patch_level: '{version}' and '{patchLevel}' are not A.B.C and YYYY-MM");
    }

    private static int[]? Numbers(string? text, char separator, int count)
    {
        string[] words = text?.Split(separator) ?? [];
        int[] numbers = new int[count];
        for (int i = 0; i < words.Length && words.Length == count; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return words.Length == count ? numbers : null;
    }
}
