using System.Security.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Making;
using BootLoader.Firmware;
using BootLoader.Firmware.Making;
using Vmm.CommandLine;
using Vmm.Configuration;
using Vmm.Machine;

namespace Vmm.Firmware;

/// <summary>The firmware as it is placed in guest memory: the program, verified, and behind it its configuration data.</summary>
/// <remarks>
/// An image that was packed with configuration data keeps them. For all others <c>vmm</c> does what a device's boot loader does: it measures the
/// program, and derives the secrets that it hands over from the device's own.
/// </remarks>
internal sealed class FirmwareFile
{
    /// <summary>The name of the firmware that comes with <c>vmm</c>, beside the program.</summary>
    public const string PackagedName = "pvmfw.img";

    // A signed image ends with its vbmeta and its footer (the reserve of avbtool's partitions).
    private const int MaxFileSize = PvmfwImage.MaximumSize + (68 << 10);

    private readonly string _name;
    private readonly string? _secretPath;
    private readonly VerifiedFirmware _firmware;

    private FirmwareFile(string name, string? secretPath, VerifiedFirmware firmware)
    {
        _name = name;
        _secretPath = secretPath;
        _firmware = firmware;
    }

    /// <summary>Reads the firmware that the options ask for; null where none runs.</summary>
    /// <param name="config">The options.</param>
    /// <param name="directory">Where the program lies, and the firmware that comes with it.</param>
    /// <param name="warn">Told what the user should know of the trust in it.</param>
    /// <exception cref="Outcome.VmmException">It cannot be read, is not signed by the trusted key, or has no place in its 2 MiB.</exception>
    public static FirmwareFile? Open(VmConfig config, string directory, Action<string> warn)
    {
        if (!config.RunsFirmware)
        {
            return null;
        }

        string option = Option(config);
        string path = config.FirmwarePath ?? Packaged(option, directory);
        byte[] file = HostFile.ReadContent(option, path, MaxFileSize);
        FirmwareTrust trust = FirmwareTrust.Of(config.FirmwareKeyPath, warn);
        VerifiedFirmware firmware = trust.Verify(option, path, file);
        return firmware.Program.Length is > 0 and <= PvmfwImage.MaximumSize
            ? new FirmwareFile($"{option}: {path}", config.DeviceSecretPath, firmware)
            : throw new LayoutException($"{option}: {path} has {firmware.Program.Length} bytes of program; 1 to {PvmfwImage.MaximumSize} are possible");
    }

    /// <summary>Writes it into the guest's memory; the secrets that it is handed exist nowhere else afterwards.</summary>
    /// <param name="region">2 MiB of zeros.</param>
    /// <exception cref="Outcome.VmmException">There is no place for it, or the device's secret cannot be had.</exception>
    public void LoadInto(Span<byte> region)
    {
        ReadOnlySpan<byte> program = _firmware.Program.Span;
        if (HasConfiguration(program))
        {
            program.CopyTo(region);
            return;
        }

        using DeviceSecret secret = DeviceSecret.OpenOrCreate(DeviceSecretPlace.Option, DeviceSecretPlace.Of(_secretPath));
        byte[] handover = HandoverMaker.Make(
            secret.Value, FirmwareMeasurement.Of(program, _firmware.PublicKey.Span, DiceMode.Normal, _firmware.RollbackIndex));
        byte[] configuration = [];
        byte[] packed = [];
        try
        {
            var blobs = new PvmfwConfigBlobs { DiceHandover = handover };
            configuration = blobs.ToBytes(blobs.LeastMinorVersion);
            packed = PvmfwImage.Pack(program, configuration);
            packed.CopyTo(region);
        }
        catch (FirmwareImageException failure)
        {
            throw new LayoutException($"{_name}: {failure.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(handover);
            CryptographicOperations.ZeroMemory(configuration);
            CryptographicOperations.ZeroMemory(packed);
        }
    }

    /// <summary>Whether configuration data were packed into the image: they begin at some multiple of 4 KiB, behind the program.</summary>
    private static bool HasConfiguration(ReadOnlySpan<byte> image)
    {
        for (int offset = PvmfwConfigFormat.HeaderAlignment; offset < image.Length; offset += PvmfwConfigFormat.HeaderAlignment)
        {
            if (PvmfwConfig.Read(image[offset..], out _).IsNone)
            {
                return true;
            }
        }

        return false;
    }

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
