using BootLoader.Dice;

namespace Microdroid.Devices;

/// <summary>What firmware and host say in the device tree.</summary>
/// <param name="root">Where the kernel shows it.</param>
internal sealed class GuestDeviceTree(string root = "/proc/device-tree")
{
    /// <summary>Whether firmware has verified the guest: instance and hand-over then must be there and agree (<c>/chosen/avf,strict-boot</c>).</summary>
    public bool IsStrictBoot => File.Exists(Path.Combine(root, "chosen/avf,strict-boot"));

    /// <summary>Whether firmware sees the instance for the first time (<c>/chosen/avf,new-instance</c>).</summary>
    public bool IsNewInstance => File.Exists(Path.Combine(root, "chosen/avf,new-instance"));

    /// <summary>The id that the host has given the instance, 64 bytes, which proves nothing; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It has another length.</exception>
    public byte[]? ReadInstanceId()
    {
        string path = Path.Combine(root, "avf/untrusted/instance-id");
        if (!File.Exists(path))
        {
            return null;
        }

        byte[] id = File.ReadAllBytes(path);
        return id.Length == DiceFormat.HiddenSize
            ? id
            : throw new InvalidDataException($"the instance id in the device tree has {id.Length} bytes, not {DiceFormat.HiddenSize}");
    }
}
