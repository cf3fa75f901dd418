using Vmm.CommandLine;
using Vmm.Configuration;

namespace Vmm.Machine;

/// <summary>The firmware's file, read to the place it starts at.</summary>
internal sealed class FirmwareFile
{
    /// <summary>The name of the firmware that comes with <c>vmm</c>, beside the program.</summary>
    public const string PackagedName = "pvmfw.img";

    private const int MaxKeySize = 64 * 1024;

    private readonly byte[] _image;

    private FirmwareFile(byte[] image) => _image = image;

    /// <summary>Bytes of the file.</summary>
    public int Size => _image.Length;

    /// <summary>Reads the firmware that the options ask for; null where none runs.</summary>
    /// <param name="config">The options.</param>
    /// <param name="directory">Where the program lies, and the firmware that comes with it.</param>
    /// <exception cref="Outcome.VmmException">It cannot be read or has no place in the 2 MiB below its working memory.</exception>
    public static FirmwareFile? Open(VmConfig config, string directory)
    {
        if (!config.RunsFirmware)
        {
            return null;
        }

        string option = Option(config);
        string path = config.FirmwarePath ?? Packaged(option, directory);
        byte[] image = HostFile.ReadContent(option, path, (int)Arm64Layout.FirmwareImageSize);
        if (config.FirmwareKeyPath is { } key)
        {
            _ = HostFile.ReadContent("--pvmfw-key", key, MaxKeySize);
        }

        return new FirmwareFile(image);
    }

    /// <summary>Copies it into the guest's memory.</summary>
    public void LoadInto(Span<byte> region) => _image.CopyTo(region);

    private static string Packaged(string option, string directory)
    {
        string path = Path.Combine(directory, PackagedName);
        return File.Exists(path)
            ? path
            : throw new LayoutException(
                $"{option}: there is no firmware {path}; scripts/build-images makes one, --protected-vm-with-firmware FILE names another, "
                + "and --protected-vm-without-firmware starts the kernel unverified");
    }

    private static string Option(VmConfig config) => config.Protection switch
    {
        ProtectionMode.ProtectedWithFirmware => "--protected-vm-with-firmware",
        ProtectionMode.UnprotectedWithFirmware => "--unprotected-vm-with-firmware",
        _ => "--protected-vm",
    };
}
