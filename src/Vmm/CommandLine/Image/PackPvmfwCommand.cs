using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using BootLoader.Dice;
using BootLoader.Dice.Text;
using BootLoader.Fdt;
using BootLoader.Firmware;
using BootLoader.Firmware.Making;
using Vmm.Firmware;
using Vmm.Outcome;

namespace Vmm.CommandLine.Image;

/// <summary>The command <c>vmm image pack-pvmfw</c>, with the arguments of AOSP's pvmfw-tool.</summary>
internal static class PackPvmfwCommand
{
    private const string Absent = "-";

    public static Command Make()
    {
        var target = new Argument<string>("OUT") { Description = "takes the firmware with its configuration data; holds secrets, so only its owner may read it" };
        var image = new Argument<string>("PVMFW.BIN") { Description = "the firmware" };
        var handover = new Argument<string>("BCC.DAT") { Description = "the DICE hand-over" };
        var tree = Optional("VM_REFERENCE_DT", "device tree whose properties VMs may trust; - for none");
        var overlay = Optional("VM_DTBO", "overlay of the devices that VMs may be given; - for none");
        var policy = Optional("DEBUG_POLICY", "overlay that says what may be debugged");
        var version = new Option<string?>("--version")
        {
            HelpName = "1.N",
            Description = "of the configuration data: 1.0 to 1.3; by default 1.1, or 1.2 with a reference device tree",
        };
        var command = new Command("pack-pvmfw", "put a firmware and its configuration data together") { target, image, handover, tree, overlay, policy, version };
        command.SetAction(result =>
        {
            byte[] hand = ReadHandover(result.GetValue(handover)!);
            byte[]? packed = null;
            try
            {
                var blobs = new PvmfwConfigBlobs
                {
                    DiceHandover = hand,
                    ReferenceTree = ReadTree(tree.Name, result.GetValue(tree)),
                    DeviceAssignment = ReadTree(overlay.Name, result.GetValue(overlay)),
                    DebugPolicy = ReadTree(policy.Name, result.GetValue(policy)),
                };
                packed = Pack(HostFile.ReadContent(image.Name, result.GetValue(image)!, PvmfwImage.MaximumSize), blobs, result.GetValue(version));
                SecretFile.Replace(target.Name, result.GetValue(target)!, packed);
                return (int)ExitCode.Stop;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(hand);
                CryptographicOperations.ZeroMemory(packed);
            }
        });
        return command;
    }

    private static Argument<string?> Optional(string name, string description) =>
        new(name) { Arity = ArgumentArity.ZeroOrOne, Description = description };

    private static byte[] Pack(byte[] image, PvmfwConfigBlobs blobs, string? version)
    {
        byte[]? config = null;
        try
        {
            config = blobs.ToBytes(version is null ? blobs.LeastMinorVersion : ParseVersion(version));
            return PvmfwImage.Pack(image, config);
        }
        catch (FirmwareImageException failure)
        {
            throw new VmmException($"pack-pvmfw: {failure.Message}", cause: failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(config);
        }
    }

    private static int ParseVersion(string text)
    {
        string major = $"{PvmfwConfigFormat.MajorVersion}.";
        return text.StartsWith(major, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(major.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            && minor <= PvmfwConfigFormat.NewestMinorVersion
                ? minor
                : throw new InvalidOptionException($"--version: '{text}' is no version of the configuration data: 1.0 to 1.{PvmfwConfigFormat.NewestMinorVersion}");
    }

    private static byte[] ReadHandover(string path)
    {
        byte[] content = HostFile.ReadContent("BCC.DAT", path, PvmfwImage.MaximumSize);
        DiceError error = DiceHandover.Read(content, out _);
        if (error == DiceError.None)
        {
            return content;
        }

        CryptographicOperations.ZeroMemory(content);
        throw new VmmException($"BCC.DAT: {path} {DiceNames.Of(error)}: a DICE hand-over is needed");
    }

    private static byte[] ReadTree(string argument, string? path)
    {
        if (path is null or Absent)
        {
            return [];
        }

        byte[] content = HostFile.ReadContent(argument, path, PvmfwImage.MaximumSize);
        FdtFault fault = FdtReader.Open(content, out _);
        return fault.IsNone ? content : throw new VmmException($"{argument}: {path} is no flattened device tree: {fault.Error} at offset {fault.Offset}");
    }
}
